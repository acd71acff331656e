#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Open files, connections among them, that this process may have.
package enum DescriptorLimit {
    /// Raises the limit as far as this process may, and returns it.
    package static func raise() -> Int {
        #if canImport(Darwin)
            let resource = RLIMIT_NOFILE
        #else
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return mostWanted }
        let wanted = min(limit.rlim_max, rlim_t(mostWanted))
        if limit.rlim_cur < wanted {
            limit.rlim_cur = wanted
            // Where it is refused, the old one holds.
            _ = setrlimit(resource, &limit)
            _ = getrlimit(resource, &limit)
        }
        return Int(min(limit.rlim_cur, rlim_t(mostWanted)))
    }

    private static let mostWanted = 4096
}

extension ServerLimits {
    /// Files that the server has open beside its connections: its own, those that it reads, and connections that are
    /// refused at this moment.
    private static let otherDescriptors = 44

    /// Refuses to begin with fewer files than a server needs: its event loop would end the process where it gets none.
    /// - Throws: `ServerSettingsError.fewFiles`.
    package static func requireDescriptors(_ descriptors: Int) throws(ServerSettingsError) {
        guard descriptors <= otherDescriptors else { return }
        throw .fewFiles(limit: descriptors, needed: otherDescriptors + 1)
    }

    /// The same with no more connections than there are open files for.
    package func fitting(descriptors: Int) -> ServerLimits {
        var fitting = self
        fitting.connections = min(connections, descriptors - Self.otherDescriptors)
        return fitting
    }
}
