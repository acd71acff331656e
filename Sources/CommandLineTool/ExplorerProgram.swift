import VAE

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// `vae-explore`, the program with the network code, which lies beside this one or on the PATH.
struct ExplorerProgram {
    private let path: String

    /// There is no such program.
    struct Missing: Error, CustomStringConvertible {
        var description: String {
            "vae-explore is not here: build it with `make explore`"
        }
    }

    /// - Throws: `Missing`.
    init() throws(Missing) {
        let folders = [Self.ownFolder].compactMap { $0 } + Self.searchPath
        guard let folder = folders.first(where: { access($0 + "/vae-explore", X_OK) == 0 }) else { throw Missing() }
        path = folder + "/vae-explore"
    }

    /// Becomes that program.
    /// - Throws: `FileError` where it cannot be run.
    func replaceThis(with arguments: [String]) throws -> Never {
        Self.withArguments([path] + arguments) { _ = execv(path, $0) }
        throw FileError(path: path, operation: .open, code: errno)
    }

    /// Starts it beside this one, with what it says on stderr; it ends when this one does, whatever ends this one.
    /// - Throws: `FileError` where it cannot be run.
    func start(_ arguments: [String]) throws -> ExplorerChild {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw FileError(path: path, operation: .open, code: errno) }
        defer { close(ends[0]) }
        // Nobody else inherits them, and a server that reads nothing keeps no training waiting.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        var process: pid_t = 0
        let code = Self.withArguments([path] + arguments + ["--ends-with", "\(getpid())"]) {
            posix_spawn(&process, path, &actions, nil, $0, environ)
        }
        guard code == 0 else {
            close(ends[1])
            throw FileError(path: path, operation: .open, code: code)
        }
        return ExplorerChild(process: process, input: ends[1])
    }

    /// Where this program lies, symbolic links resolved.
    private static var ownFolder: String? {
        #if os(Linux)
            let own = try? Console.absolutePath("/proc/self/exe")
        #else
            let own = try? Console.absolutePath(CommandLine.arguments[0])
        #endif
        return own.flatMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
    }

    private static var searchPath: [String] {
        getenv("PATH").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
    }

    private static func withArguments<Value>(
        _ words: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        return body(&arguments)
    }
}
