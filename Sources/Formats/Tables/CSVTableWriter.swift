/// A table as text: a line of names, then a line a row, with commas; numbers so that they read back as the same bits.
/// - SeeAlso: RFC 4180, but for line feeds alone at the ends of lines, as Unix programs want them.
final class CSVTableWriter: TableWriter {
    private let file: OutputFile

    init(to path: String, _ fields: [TableField]) throws {
        file = try OutputFile(path)
        try file.append(Array((fields.flatMap(\.columns).map(Self.cell).joined(separator: ",") + "\n").utf8))
    }

    func append(_ values: [TableValues]) throws {
        var text: [UInt8] = []
        for row in 0..<(values.first?.count ?? 0) {
            for (place, field) in values.enumerated() {
                if place > 0 { text.append(UInt8(ascii: ",")) }
                switch field {
                case .integers(let numbers): text.append(contentsOf: "\(numbers[row])".utf8)
                case .reals(let numbers): text.append(contentsOf: "\(numbers[row])".utf8)
                case .texts(let texts): text.append(contentsOf: Self.cell(texts[row]).utf8)
                case .vectors(let tensor):
                    let width = tensor.shape[1]
                    for column in 0..<width {
                        if column > 0 { text.append(UInt8(ascii: ",")) }
                        text.append(contentsOf: "\(tensor.values[row * width + column])".utf8)
                    }
                }
            }
            text.append(UInt8(ascii: "\n"))
        }
        try file.append(text)
    }

    func finish() throws { try file.finish() }

    /// In quotes where a reader would take it apart, or for something else than text.
    static func cell(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { !#","\#r\#n"#.utf8.contains($0) }
        let hasEdges = text.first?.isWhitespace == true || text.last?.isWhitespace == true
        return isPlain && !hasEdges ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
