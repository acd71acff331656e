#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where this program keeps what it can make again.
package enum CacheFolder {
    /// `$XDG_CACHE_HOME/vae`, or `~/.cache/vae`; nil where neither variable holds an absolute path.
    /// - SeeAlso: specifications.freedesktop.org/basedir-spec.
    package static var path: String? {
        func folder(_ variable: String) -> String? {
            guard let value = getenv(variable).map({ String(cString: $0) }), value.hasPrefix("/") else { return nil }
            return FileTree.trimmed(value)
        }
        return (folder("XDG_CACHE_HOME") ?? folder("HOME").map { "\($0 == "/" ? "" : $0)/.cache" }).map { "\($0)/vae" }
    }
}
