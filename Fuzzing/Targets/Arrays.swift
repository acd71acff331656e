import Formats
import Tensors

/// What can be inflated at all is the same whatever the limit, and no more than the limit comes out.
func gzip(_ bytes: [UInt8]) throws {
    let limit = 1 << 17
    _ = try? Inflate.inflate(bytes, container: .raw, source: "a", limit: limit)
    let plain = try Gzip.inflate(bytes, source: "a", limit: limit)
    require(plain.count <= limit, "no more than the limit comes out")
    // Once more only where that is quick.
    guard plain.count < 5000 else { return }
    require(try Gzip.inflate(bytes, source: "a", limit: plain.count) == plain, "the limit is inclusive")
    if plain.count > 0 {
        require(
            (try? Gzip.inflate(bytes, source: "a", limit: plain.count - 1)) == nil, "one byte over the limit is refused"
        )
    }
}

func idx(_ bytes: [UInt8]) throws {
    let array = try IDX(parsing: bytes, source: "a")
    require(array.values.count == array.dimensions.reduce(1, *), "as many values as the sizes say")
    let start = try IDXFile(ByteSource(bytes, name: "a")).values(first: 1)
    require(array.values.starts(with: start), "the first values are the beginning")
    var again: [UInt8] = [0, 0, 8, UInt8(array.dimensions.count)]
    for size in array.dimensions { again += [24, 16, 8, 0].map { UInt8(size >> $0 & 255) } }
    let copy = try IDX(parsing: again + array.values, source: "a")
    require(copy.dimensions == array.dimensions && copy.values == array.values, "what is written is read")
}

func npy(_ bytes: [UInt8]) throws {
    let tensor = try NPY.parse(bytes, source: "a")
    // Float32 takes four bytes for the one of a UInt8.
    require(tensor.values.count <= bytes.count, "no more values than bytes")
    requireSame(tensor, try NPY.parse(NPY.serialized(tensor), source: "a"))
}

func npz(_ bytes: [UInt8]) throws {
    let arrays = try NPZ.parse(bytes, source: "a", limit: 1 << 20)
    let copy = try NPZ.parse(NPZ.serialized(arrays), source: "a")
    require(copy.map(\.name) == arrays.map(\.name), "names come back")
    for (one, other) in zip(arrays, copy) { requireSame(one.tensor, other.tensor) }
}

/// A table that can be read can be written and read again, and what is taken for codes is numbers.
func csv(_ bytes: [UInt8]) throws {
    if let codes = try? CodeTable(csv: bytes, latent: 2, source: "a") {
        require(codes.codes.values.allSatisfy(\.isFinite), "codes are finite")
        require(codes.names.map { $0.count == codes.codes.batch } ?? true, "a name a row")
    }
    func rows(_ bytes: [UInt8]) throws -> [[String]] {
        var (reader, rows) = (CSVReader(bytes, source: "a"), [[String]]())
        while let row = try reader.next() { rows.append(row.map(\.text)) }
        return rows
    }
    let table = try rows(bytes)
    // A line without anything, at the end, is none.
    let text = table.map { $0.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") + "\n" }.joined()
    require(try rows(Array(text.utf8)) == table, "a table comes back")
}

func safetensors(_ bytes: [UInt8]) throws {
    let file = try SafetensorsFile(parsing: bytes, source: "a")
    let written = file.serialized()
    let copy = try SafetensorsFile(parsing: written, source: "a")
    require(copy.metadata == file.metadata, "metadata comes back")
    require(copy.tensors.map(\.name) == file.tensors.map(\.name), "names come back, in their order")
    for (one, other) in zip(file.tensors, copy.tensors) { requireSame(one.tensor, other.tensor) }
    require(copy.serialized() == written, "the same contents are the same bytes")
}

private func requireSame(_ one: Tensor, _ other: Tensor) {
    require(one.shape == other.shape, "a shape comes back")
    require(one.values.map(\.bitPattern) == other.values.map(\.bitPattern), "values come back, bit for bit")
}
