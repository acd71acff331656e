import Runs

/// Names for addresses: each folder's own name where it can be one, and the same as long as the program runs.
struct RunIdentifiers {
    private var ids: [String: String] = [:]
    private var paths: [String: String] = [:]

    /// The id of a folder, which is made when it is first asked for.
    mutating func id(of path: String) -> String {
        if let id = ids[path] { return id }
        let stem = Self.safe(RunFolder.name(of: path))
        var (id, number) = (stem, 2)
        while paths[id] != nil {
            id = "\(stem)-\(number)"
            number += 1
        }
        ids[path] = id
        paths[id] = path
        return id
    }

    func path(of id: String) -> String? { paths[id] }

    /// Letters, digits and `-._`; no `.` at the beginning, so that it is no step in a path.
    private static func safe(_ name: String) -> String {
        let bytes = name.utf8.prefix(100).map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                byte
            default: UInt8(ascii: "-")
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.isEmpty || text.hasPrefix(".") ? "run\(text)" : text
    }
}
