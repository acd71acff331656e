import CMachine

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Room for files.
package enum DiskSpace {
    /// A folder itself, or the nearest one above that exists.
    static func nearestFolder(to path: String) -> String {
        var folder = path.isEmpty ? "." : path
        while access(folder, F_OK) != 0, folder != ".", folder != "/" {
            let slash = folder.dropLast().lastIndex(of: "/")
            folder = slash.map { $0 == folder.startIndex ? "/" : String(folder[..<$0]) } ?? "."
        }
        return folder
    }

    /// Bytes that this user may still write at a path, which need not exist; nil where nobody tells.
    package static func free(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(nearestFolder(to: path), &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// Bytes that a file of this process may have; nil without a limit.
    package static var largestFile: Int? { resourceLimit(VAE_FILE_SIZE) }
}

/// What the system bounds for this process, in bytes; nil without a limit.
func resourceLimit(_ resource: vae_resource) -> Int? {
    let limit = vae_resource_limit(resource)
    return limit < 0 ? nil : Int(limit)
}
