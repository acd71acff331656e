import VAE

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Data to stdout, words to stderr.
enum Console {
    /// Leads streams that the caller has closed to nowhere.
    ///
    /// Otherwise the next file that is opened, a checkpoint even, takes the place of stdout.
    static func openClosed() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number, which is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Writes a line of data.
    ///
    /// A reader that has gone wants no more, and that is no error.
    /// - Throws: `FileError` if the output cannot be written, on a full disk for instance.
    static func data(_ text: String) throws {
        if let code = write(text + "\n", to: STDOUT_FILENO), code != EPIPE {
            throw FileError(path: "standard output", operation: .write, code: code)
        }
    }

    /// Writes one JSON object on one line of data.
    static func data(_ json: JSONValue) throws {
        try data(String(decoding: json.serialized(), as: UTF8.self))
    }

    /// Writes a line for people.
    ///
    /// Nothing depends on whether someone reads it.
    static func say(_ text: String = "") {
        show(text + "\n")
    }

    /// The same without the line break.
    static func show(_ text: String) {
        _ = write(text, to: STDERR_FILENO)
    }

    /// Whether stderr is a terminal that can move its cursor.
    static var isTerminal: Bool {
        isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb"
    }

    /// Whether stderr may have colours: a terminal, and nobody said no (no-color.org).
    static var hasColors: Bool {
        isTerminal && (environment("NO_COLOR") ?? "").isEmpty
    }

    /// Characters in a line of the terminal.
    static var columns: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// The path from the root, symbolic links resolved; as it is where nothing is there.
    static func absolutePath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Writes everything; returns `errno` where that fails.
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let part = writeSome(descriptor, buffer.baseAddress! + written, buffer.count - written)
                if part < 0, errno == EINTR { continue }
                guard part >= 0 else { return errno }
                written += part
            }
            return nil
        }
    }
}

/// The system's `write`, which `Console.write` hides.
private func writeSome(_ descriptor: Int32, _ buffer: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
