#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The person's own browser.
enum Browser {
    /// Asks the system to show an address; where there is no way to, nothing happens.
    static func open(_ url: String) {
        #if canImport(Darwin)
            let program = "open"
        #else
            let program = "xdg-open"
        #endif
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(url), nil]
        defer { for argument in arguments { free(argument) } }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in STDIN_FILENO...STDERR_FILENO {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var process: pid_t = 0
        // Children that end are not to stay as zombies.
        signal(SIGCHLD, SIG_IGN)
        _ = posix_spawnp(&process, program, &actions, nil, &arguments, environ)
    }
}
