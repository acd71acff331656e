import Settings
import VAE

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Data to stdout, words to stderr.
enum Console {
    /// Writes a line of data.
    ///
    /// A reader that has gone wants no more, and that is no error.
    /// - Throws: `FileError` if the output cannot be written, on a full disk or where it is closed.
    static func data(_ text: String) throws { try self.text(text + "\n") }

    /// Writes text as it is: a file's.
    /// - Throws: `FileError` as `data` does.
    static func text(_ text: String) throws {
        if let code = write(text, to: STDOUT_FILENO), code != EPIPE {
            throw FileError(path: "standard output", operation: .write, code: code)
        }
    }

    /// Writes one JSON object on one line of data.
    static func data(_ json: JSONValue) throws {
        try data(String(decoding: json.serialized(), as: UTF8.self))
    }

    /// Writes the path of what was made, as a line of data.
    ///
    /// A program gets the bytes that the file system has, whatever they are; a terminal gets no characters that it would
    /// obey. Whoever has closed the output wants to know no path.
    /// - Throws: `FileError` as `data` does.
    static func path(_ path: String) throws {
        do {
            try data(isatty(STDOUT_FILENO) == 1 ? printable(path, limit: .max) : path)
        } catch let error as FileError where error.code == EBADF {}
    }

    /// Writes rows of a name and what is said of it, as lines of data: names in a column, long words wrapped beside it
    /// on a terminal.
    /// - Throws: `FileError` as `data` does.
    static func rows(_ rows: [(name: String, words: String)], column: Int) throws {
        let columns = isatty(STDOUT_FILENO) == 1 ? columns(of: STDOUT_FILENO) : Int.max
        for row in rows {
            let line =
                row.name + String(repeating: " ", count: max(1, column - row.name.count))
                + printable(row.words, limit: .max)
            try data(wrapped(line, to: columns, indent: column))
        }
    }

    /// Writes a line for people, wrapped between words on a terminal, without characters that a terminal would obey.
    ///
    /// Nothing depends on whether someone reads it.
    static func say(_ text: String = "") {
        let text = printableLines(text)
        guard isatty(STDERR_FILENO) == 1 else { return show(text + "\n") }
        show(wrapped(text, to: columns) + "\n")
    }

    /// Writes to stderr as it is: the progress bar, which moves the cursor.
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
    static var columns: Int { columns(of: STDERR_FILENO) }

    private static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// The path from the root, symbolic links resolved; as it is where nothing is there.
    /// - Throws: `UsageError` where a folder on the way has a name that is not UTF-8: it could not be found again.
    static func absolutePath(_ path: String) throws(UsageError) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        guard let absolute = String(validatingCString: resolved) else {
            throw UsageError("\(printable(path)): lies in a folder whose name is not UTF-8")
        }
        return absolute
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
