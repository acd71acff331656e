import Foundation
import Formats
import Tensors
import Testing

/// What tensors are described by, in files.
struct CodingTests {
    @Test func `a shape is written as a plain list`() throws {
        let data = try JSONEncoder().encode([2, 3] as Shape)
        #expect(String(decoding: data, as: UTF8.self) == "[2,3]")
        #expect(try JSONDecoder().decode(Shape.self, from: data) == [2, 3])
    }

    @Test func `names stand for precisions and instruction sets`() throws {
        #expect(String(decoding: try JSONEncoder().encode(Precision.allCases), as: UTF8.self) == #"["f32","bf16"]"#)
        #expect(try JSONDecoder().decode([InstructionSet].self, from: Data(#"["avx2"]"#.utf8)) == [.avx2])
    }
}
