import Formats

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension RunPart {
    /// The part of a run that a path leads to, by its name or through links; nil where it is no run's.
    ///
    /// What is written there by anything but the run's own writers would take the run apart.
    package static func part(at path: String) -> (run: String, part: String)? {
        let (folder, name) = AtomicFile.split(path)
        let places = [path, resolved(folder).map { "\($0)/\(name)" }, resolved(path)]
        for case let place? in places {
            let (folder, name) = AtomicFile.split(place)
            let (above, middle) = AtomicFile.split(folder)
            for (run, part) in [(folder, name), (above, "\(middle)/\(name)")] {
                guard isOurs(part) || part == FolderLock.name,
                    let bytes = try? RunFolder.configurationBytes(in: run),
                    RunConfiguration.isOurs(bytes, source: run)
                else { continue }
                return (run, part)
            }
        }
        return nil
    }

    /// Without links and dots; nil where nothing stands.
    private static func resolved(_ path: String) -> String? {
        guard let place = realpath(path, nil) else { return nil }
        defer { free(place) }
        return String(cString: place)
    }
}
