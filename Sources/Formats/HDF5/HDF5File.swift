import Tensors

/// The groups, datasets and string attributes of an HDF5 file, as h5py writes it for Keras.
///
/// What libhdf5 writes unless a newer form is asked for (`libver="earliest"`, h5py's default): superblock 0 or 1,
/// groups with a symbol table, object headers of version 1, contiguous or compact datasets. Chunked, compressed,
/// external and shared parts, links and newer forms are refused by name.
/// - SeeAlso: "HDF5 File Format Specification", version 3.0, support.hdfgroup.org.
package struct HDF5File: Sendable {
    /// A folder of the file.
    package struct Group: Sendable {
        /// `/layers/dense/vars`; empty for the root.
        package let path: String
        /// Attributes that are strings, or lists of them; others are left out.
        package let attributes: [String: [String]]
    }

    /// An array of the file, which has not been read.
    package struct Dataset: Sendable {
        /// `/layers/dense/vars/0`.
        package let path: String
        /// Empty for a single value.
        package let shape: [Int]
        /// Nil where its elements are no little-endian numbers that a `Tensor` takes.
        let type: ElementType?
        /// The element type in words, for errors.
        let typeName: String
        /// Where its values lie.
        let range: Range<Int>
    }

    /// Outer groups before inner ones, and each group's members in the order of their names' bytes.
    package private(set) var groups: [Group] = []
    /// In the same order.
    package private(set) var datasets: [Dataset] = []
    private let bytes: [UInt8]
    private let source: String

    /// The most objects, groups inside one another, and bytes of a path.
    static let (objectLimit, depthLimit, pathLimit) = (1 << 16, 32, 1024)

    /// Whether bytes begin as an HDF5 file does.
    package static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: HDF5Bytes.signature) }

    /// Reads the structure of a file; values are read when they are asked for.
    ///
    /// Each object and each of a group's tables is read once, so that no file takes more than its own size.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        (self.bytes, self.source) = (bytes, source)
        var walk = HDF5Walk(HDF5Bytes(bytes, source: source))
        let root = try walk.file.rootAddress()
        try read(at: root, "", 0, &walk)
        guard datasets.first?.path != "" else { throw walk.file.failure(at: root, "a group as root", "a dataset") }
    }

    /// Reads one dataset's values as Float32, row-major.
    /// - Throws: `FormatError` where its elements are not numbers that Float32 holds.
    package func tensor(_ dataset: Dataset) throws(FormatError) -> Tensor {
        guard let type = dataset.type else {
            throw FormatError(
                source: "\(source)\(dataset.path)", offset: dataset.range.lowerBound,
                expected: "little-endian float16, float32, float64, int64 or uint8", found: dataset.typeName)
        }
        return Tensor(Shape(dataset.shape), try type.floats(bytes, dataset.range, source: "\(source)\(dataset.path)"))
    }

    private mutating func read(
        at address: Int, _ path: String, _ depth: Int, _ walk: inout HDF5Walk
    ) throws(FormatError) {
        try walk.visit(address, "an object of its own for \"\(path)\"")
        guard depth <= Self.depthLimit, groups.count + datasets.count < Self.objectLimit else {
            throw walk.file.failure(
                at: address, "at most \(Self.objectLimit) groups and datasets, \(Self.depthLimit) deep", "more")
        }
        let object = try HDF5Object(at: address, &walk)
        if let table = object.symbolTable {
            groups.append(Group(path: path, attributes: try walk.strings(object.attributes)))
            for member in try walk.members(of: table) {
                let path = "\(path)/\(member.name)"
                guard path.utf8.count <= Self.pathLimit else {
                    throw walk.file.failure(
                        at: member.place, "a path of at most \(Self.pathLimit) bytes", "\(path.utf8.count)")
                }
                try read(at: member.address, path, depth + 1, &walk)
            }
        } else {
            datasets.append(try object.dataset(path, at: address, walk.file))
        }
    }
}
