import Tensors

/// A state dict as `torch.save(model.state_dict(), path)` writes it: names and tensors, nothing that runs.
///
/// A ZIP archive with a pickle, `data.pkl`, that names each tensor's type, shape and place in a member `data/0`,
/// `data/1` and so on. Whatever else a pickle may hold, such as a whole module, is refused by its name.
package struct PyTorchFile: Sendable {
    /// A tensor of the file, which has not been read.
    package struct Entry: Sendable {
        /// `encoder.conv1.weight`.
        package let name: String
        package let shape: [Int]
        fileprivate let tensor: Pickle.Tensor
    }

    /// In the order of the dictionary: that in which the model declares them.
    package let entries: [Entry]
    private let bytes: [UInt8]
    private let source: String
    private let members: [String: Zip.Member]
    /// The folder of all members, with a slash: `model/`.
    private let folder: String

    /// The largest pickle that is read, in bytes.
    static let pickleLimit = 1 << 24

    /// Whether bytes look like an archive that PyTorch writes rather than another one.
    package static func isOne(_ bytes: [UInt8]) -> Bool {
        guard bytes.starts(with: ForeignFile.zip), let members = try? Zip.members(bytes, source: "") else {
            return false
        }
        return members.contains { $0.name.hasSuffix("/data.pkl") }
    }

    /// Reads names, shapes and places; values are read when they are asked for.
    ///
    /// A dictionary that holds one state dict beside other things, as training scripts save it, is taken too.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        (self.bytes, self.source) = (bytes, source)
        guard bytes.starts(with: ForeignFile.zip) else {
            let isPickle = bytes.first == 0x80
            throw FormatError(
                source: source, offset: 0, expected: "a ZIP archive, as torch.save writes it since PyTorch 1.6",
                found: isPickle ? "a pickle of the older form (save it again with a newer PyTorch)" : "another file")
        }
        let members = try Zip.members(bytes, source: source)
        guard let program = members.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
            throw FormatError(
                source: source, expected: "data.pkl, as torch.save writes it", found: "an archive without it")
        }
        if let code = members.first(where: { $0.name.contains("/code/") }) {
            throw FormatError(
                source: source, expected: "numbers: save model.state_dict()",
                found: "\"\(code.name)\", which is code of TorchScript")
        }
        folder = String(program.name.dropLast("data.pkl".count))
        self.members = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0) })
        if let order = self.members[folder + "byteorder"], order.size <= 16 {
            let text = String(decoding: try Zip.contents(order, of: bytes, source: source), as: UTF8.self)
            guard text == "little" else {
                throw FormatError(source: source, expected: "little-endian values", found: "\(text)-endian ones")
            }
        }
        guard program.size <= Self.pickleLimit else {
            throw FormatError(
                source: source, expected: "a data.pkl of at most \(Self.pickleLimit) bytes", found: "\(program.size)")
        }
        let place = "\(source)/\(program.name)"
        let pickle = try Pickle(parsing: try Zip.contents(program, of: bytes, source: source), source: place)
        entries = try pickle.stateDictionary(source: place).map { name, tensor in
            Entry(name: name, shape: tensor.shape, tensor: tensor)
        }
    }

    /// Reads one tensor's values as Float32, row-major whatever its strides.
    /// - Throws: `FormatError` where its storage is missing, short, or of a type that Float32 does not hold.
    package func tensor(_ entry: Entry) throws(FormatError) -> Tensor {
        let (tensor, storage) = (entry.tensor, entry.tensor.storage)
        func failure(_ expected: String, _ found: String) -> FormatError {
            FormatError(source: "\(source)/\(folder)data.pkl", offset: tensor.place, expected: expected, found: found)
        }
        guard let type = storage.type else {
            throw failure("float, half, bfloat16, double, long or byte values as \"\(entry.name)\"", storage.typeName)
        }
        guard let member = members["\(folder)data/\(storage.key)"] else {
            throw failure("a member data/\(storage.key) with the values of \"\(entry.name)\"", "none")
        }
        guard let size = checkedProduct([storage.count, type.size]), member.size == size else {
            throw failure(
                "\(storage.count) values of \(type.size) bytes in data/\(storage.key)", "\(member.size) bytes")
        }
        let contents = try Zip.contents(member, of: bytes, source: source)
        let values = try type.floats(contents, 0..<size, source: "\(source)/\(member.name)")
        let places = Places(shape: tensor.shape, strides: tensor.strides, start: tensor.offset)
        return Tensor(Shape(tensor.shape), places.map { values[$0] })
    }
}

/// Where a tensor's elements stand in its storage, row by row.
private struct Places: Sequence, IteratorProtocol {
    private let shape, strides: [Int]
    private var index: [Int]
    private var place: Int
    private var left: Int

    init(shape: [Int], strides: [Int], start: Int) {
        (self.shape, self.strides, place) = (shape, strides, start)
        index = shape.map { _ in 0 }
        left = shape.reduce(1, *)
    }

    mutating func next() -> Int? {
        guard left > 0 else { return nil }
        left -= 1
        defer {
            // Steps the index like an odometer, last axis first.
            for axis in shape.indices.reversed() {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape[axis] { break }
                place -= strides[axis] * index[axis]
                index[axis] = 0
            }
        }
        return place
    }
}

extension Pickle {
    /// The one dictionary of names and tensors: the whole, or a member of it.
    fileprivate func stateDictionary(source: String) throws(FormatError) -> [(name: String, tensor: Tensor)] {
        func failure(_ found: String) -> FormatError {
            FormatError(
                source: source, expected: "one dictionary of names and tensors: save model.state_dict()", found: found)
        }
        guard case .dictionary(let root) = root else { throw failure("a value of another kind") }
        if let tensors = try tensors(of: root, source: source) { return tensors }
        var found: (name: String, tensors: [(name: String, tensor: Tensor)])?
        var seen: Set<Int> = []
        for (key, value) in dictionaries[root] {
            guard case (.string(let name), .dictionary(let number)) = (key, value), seen.insert(number).inserted,
                let tensors = try tensors(of: number, source: source)
            else { continue }
            if let found { throw failure("two of them, \"\(found.name)\" and \"\(name)\"") }
            found = (name, tensors)
        }
        guard let found else { throw failure("a dictionary of other values") }
        return found.tensors
    }

    /// A dictionary's members, all of them tensors; nil where one is not, or there is none.
    private func tensors(of number: Int, source: String) throws(FormatError) -> [(name: String, tensor: Tensor)]? {
        var members: [(name: String, tensor: Tensor)] = []
        var names: Set<String> = []
        for (key, value) in dictionaries[number] {
            guard case (.string(let name), .tensor(let tensor)) = (key, value) else { return nil }
            guard names.insert(name).inserted else {
                throw FormatError(
                    source: source, offset: tensors[tensor].place, expected: "each name once",
                    found: "\"\(name)\" again")
            }
            members.append((name, tensors[tensor]))
        }
        return members.isEmpty ? nil : members
    }
}
