import Formats
import Tensors
import Testing

/// An NPY file with any header.
private func npy(_ header: String, _ values: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
    let length = version == 1 ? littleEndian(UInt16(header.utf8.count)) : littleEndian(UInt32(header.utf8.count))
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + values
}

private func npy(descr: String, shape: String = "(1,)", fortran: String = "False", _ values: [UInt8] = []) -> [UInt8] {
    npy("{'descr': \(descr), 'fortran_order': \(fortran), 'shape': \(shape), }\n", values)
}

struct NPYTests {
    @Test(arguments: [[], [0], [1], [7], [0, 3], [2, 3], [1, 28, 28, 1], [3, 1, 5, 2]] as [[Int]])
    func `writes what it reads`(sizes: [Int]) throws {
        let written = tensor(Shape(sizes))
        let bytes = NPY.serialized(written)
        #expect((bytes.count - 4 * written.shape.count).isMultiple(of: 64))
        let read = try NPY.parse(bytes, source: "a.npy")
        #expect(read.shape == written.shape)
        #expect(read.values.map(\.bitPattern) == written.values.map(\.bitPattern))
    }

    /// `np.save(f, np.arange(6, dtype='<f4').reshape(2, 3) / 2)`, NumPy 2.4.6: the same bytes both ways.
    @Test func `agrees with NumPy to the byte`() throws {
        let bytes = base64(
            """
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAPwAAgD8AAMA/AAAAQAAA\
            IEA=
            """)
        let array = Tensor([2, 3], [0, 0.5, 1, 1.5, 2, 2.5])
        #expect(try NPY.parse(bytes, source: "a.npy") == array)
        #expect(NPY.serialized(array) == bytes)
    }

    /// `np.lib.format.write_array(f, np.asfortranarray(np.arange(24, dtype='>f8').reshape(2, 3, 4)), (2, 0))`.
    @Test func `converts Fortran order and big-endian values`() throws {
        let bytes = base64(
            """
            k05VTVBZAgB0AAAAeydkZXNjcic6ICc+ZjgnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAzLCA0KSwgfSAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAEAoAAAAAAAAQBAAAAAA\
            AABAMAAAAAAAAEAgAAAAAAAAQDQAAAAAAAA/8AAAAAAAAEAqAAAAAAAAQBQAAAAAAABAMQAAAAAAAEAiAAAAAAAAQDUAAAAAAABA\
            AAAAAAAAAEAsAAAAAAAAQBgAAAAAAABAMgAAAAAAAEAkAAAAAAAAQDYAAAAAAABACAAAAAAAAEAuAAAAAAAAQBwAAAAAAABAMwAA\
            AAAAAEAmAAAAAAAAQDcAAAAAAAA=
            """)
        #expect(try NPY.parse(bytes, source: "a.npy") == Tensor([2, 3, 4], (0..<24).map(Float.init)))
    }

    /// `np.save(f, np.array(7))`.
    @Test func `reads a scalar of 64 bits`() throws {
        let bytes = base64(
            """
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoHAAAAAAAAAA==
            """)
        #expect(try NPY.parse(bytes, source: "a.npy") == Tensor([], [7]))
    }

    @Test(
        arguments: [
            ("'|u1'", "(3,)", [0, 128, 255], [0, 128, 255]),
            ("\">f4\"", "(2,)", [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0], [1, -2]),
            ("'<i8'", "( 1 , 1 )", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [-1]),
            ("'>i8'", "(1, 1,)", [0, 0, 0, 0, 1, 0, 0, 0], [16_777_216]),
            ("'=f8'", "(1,)", littleEndian((0.1).bitPattern), [0.1]),
            ("'<f8'", "(1,)", littleEndian((-Double.infinity).bitPattern), [-.infinity]),
            ("'<f4'", "(2, 0)", [], []),
        ] as [(String, String, [UInt8], [Float])])
    func `reads every type`(descr: String, shape: String, values: [UInt8], expected: [Float]) throws {
        #expect(try NPY.parse(npy(descr: descr, shape: shape, values), source: "a.npy").values == expected)
    }

    @Test(
        arguments: [
            ([], "byte 0: expected NPY magic (6 bytes), found 0 bytes"),
            (Array("NUMPY!".utf8), "byte 0: expected NPY magic 934e554d5059, found 4e554d505921"),
            (
                [0x80, 4, 0x95, 0, 0, 0, 0],
                "byte 0: expected an NPY file (numpy.save writes one), found a pickle"
            ),
            (
                [0x50, 0x4B, 3, 4, 0, 0, 0, 0],
                "byte 0: expected an NPY file (numpy.save writes one), found a ZIP archive"
            ),
            (npy("", version: 9), "byte 6: expected NPY version 1, 2 or 3, found 9"),
            (
                npy(String(repeating: " ", count: 10_001)),
                "byte 8: expected an NPY header of at most 10000 bytes, found one of 10001"
            ),
            (
                Array(npy(String(repeating: " ", count: 4), version: 2).prefix(8)) + littleEndian(UInt32.max),
                "byte 8: expected an NPY header of at most 10000 bytes, found one of 4294967295"
            ),
            (npy("{}").dropLast(), "byte 10: expected an NPY header (2 bytes), found 1 byte"),
            (npy(""), "byte 10: expected '{', found the end"),
            (npy("{}"), "byte 10: expected 'descr', 'fortran_order' and 'shape', each once, found fewer of them"),
            (npy("{'x': 1}"), "byte 11: expected 'descr', 'fortran_order' and 'shape', each once, found 'x'"),
            (
                npy("{'shape': (), 'shape': ()}"),
                "byte 24: expected 'descr', 'fortran_order' and 'shape', each once, found 'shape'"
            ),
            (npy("{'shape' ()}"), "byte 19: expected ':', found '('"),
            (npy("{'shape': () 'x'}"), "byte 23: expected '}', found '''"),
            (npy("{shape: ()}"), "byte 11: expected ''', found 's'"),
            (npy("{'sha"), "byte 15: expected ''', found the end"),
            (npy("{'s\\'"), "byte 13: expected ''', found '\\'"),
            (npy("{'shape': 3}"), "byte 20: expected '(', found '3'"),
            (npy("{'shape': (3)}"), "byte 22: expected ',', found ')'"),
            (npy("{'shape': (3 4)}"), "byte 23: expected ',', found '4'"),
            (npy("{'shape': (3, 4 5)}"), "byte 26: expected ')', found '5'"),
            (npy("{'shape': (-3,)}"), "byte 21: expected a size, found '-'"),
            (npy("{'shape': (3L,)}"), "byte 22: expected ',', found 'L'"),
            (
                npy("{'shape': (99999999999999999999,)}"),
                "byte 21: expected a size that fits 63 bits, found a larger one"
            ),
            (
                npy("{'shape': (" + String(repeating: "1,", count: 65) + ")}"),
                "byte 149: expected at most 64 axes, found more"
            ),
            (npy("{'fortran_order': None}"), "byte 28: expected True or False, found something else"),
            (npy(descr: "'<f4'") + [0, 0], "byte 68: expected the values of shape [1] (4 bytes), found 2 bytes"),
            (
                npy(descr: "'<f4'", [0, 0, 0, 0, 0]),
                "byte 72: expected the end after the values of shape [1], found 1 more byte"
            ),
            (
                npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0,)} junk"),
                "byte 66: expected the end after the NPY header, found 4 more bytes"
            ),
            (
                npy(descr: "'|O'"),
                "byte 20: expected element type f4, f8, i8, i4, u4, i2, u2, i1, u1 or b1, found '|O', Python objects, which can run code "
                    + "(save them as numbers)"
            ),
            (
                npy(descr: "'<c8'"),
                "byte 20: expected element type f4, f8, i8, i4, u4, i2, u2, i1, u1 or b1, found '<c8'"
            ),
            (npy(descr: "'f4'"), "byte 20: expected element type f4, f8, i8, i4, u4, i2, u2, i1, u1 or b1, found 'f4'"),
            (npy(descr: "''"), "byte 20: expected element type f4, f8, i8, i4, u4, i2, u2, i1, u1 or b1, found ''"),
            (
                npy(descr: "[('a', '<f4')]"),
                "byte 20: expected element type f4, f8, i8, i4, u4, i2, u2, i1, u1 or b1, found a structure of fields"
            ),
            (
                npy(descr: "'<f4'", shape: "(4294967296, 4294967296)"),
                "byte 10: expected a shape of fewer than 2^63 bytes, found [4294967296, 4294967296]"
            ),
            (
                // A product of zero hides an overflow.
                npy(descr: "'<f4'", shape: "(4294967296, 4294967296, 0)", fortran: "True"),
                "byte 10: expected a shape of fewer than 2^63 bytes, found [4294967296, 4294967296, 0]"
            ),
            (
                npy(descr: "'<f8'", shape: "(1000000, 1000000)"),
                "byte 82: expected the values of shape [1000000, 1000000] (8000000000000 bytes), found 0 bytes"
            ),
            (
                npy(descr: "'<i8'", littleEndian(Int64(16_777_217))),
                "byte 68: expected a value that Float32 can hold, found a larger one"
            ),
            (
                npy(descr: "'<f8'", littleEndian((1e39).bitPattern)),
                "byte 68: expected a value that Float32 can hold, found a larger one"
            ),
        ] as [([UInt8], String)])
    func `refuses broken and foreign files`(bytes: [UInt8], expected: String) {
        #expect(message { _ = try NPY.parse(bytes, source: "a.npy") } == "a.npy, " + expected)
    }
}
