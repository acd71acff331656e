import Foundation
import Tensors
import TestSupport
import Testing

extension InstructionSet {
    /// What this machine runs.
    static let available = allCases.filter { Kernels($0) != nil }
    /// Those that promise the same bits.
    static let fused = available.filter { $0 != .baseline }
}

extension AlignedBuffer {
    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        pointer.update(from: values, count: values.count)
    }

    var values: [Float] { copyValues(0..<count) }

    /// Equal to the bit, in every place: what a block must not touch is compared too.
    func expect(_ expected: [Float], _ label: @autoclosure () -> String, at place: SourceLocation = #_sourceLocation) {
        let wrong = (0..<max(count, expected.count)).first {
            $0 >= min(count, expected.count) || pointer[$0].bitPattern != expected[$0].bitPattern
        }
        guard let wrong else { return }
        Issue.record(
            "\(label()): at \(wrong) stands \(pointer[wrong]), expected \(expected[wrong])", sourceLocation: place)
    }
}

/// Each value as far from the exact one as it may be; the first that is not is told.
func expectClose(
    _ actual: [Float], _ exact: [Double], within tolerance: (Int) -> Double, _ label: @autoclosure () -> String,
    at place: SourceLocation = #_sourceLocation
) {
    requireShape(actual.count == exact.count, "\(actual.count) values against \(exact.count)")
    let wrong = exact.indices.first { !(abs(Double(actual[$0]) - exact[$0]) <= tolerance($0)) }
    guard let wrong else { return }
    Issue.record(
        "\(label()): at \(wrong) stands \(actual[wrong]), expected \(exact[wrong])", sourceLocation: place)
}

/// Values whose end is the end of the memory that this process may touch: to read one more ends it.
final class PagedBuffer {
    let pointer: Floats
    let count: Int
    private let memory: UnsafeMutableRawPointer
    private let bytes: Int

    init(_ values: [Float]) {
        let page = Int(getpagesize()), size = values.count * MemoryLayout<Float>.stride
        count = values.count
        bytes = (size + page - 1) / page * page + page
        memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        requireShape(memory != MAP_FAILED, "no memory")
        let end = memory + bytes - page
        requireShape(mprotect(end, page, PROT_NONE) == 0, "no guard")
        pointer = (end - size).bindMemory(to: Float.self, capacity: count)
        pointer.update(from: values, count: count)
    }

    deinit { munmap(memory, bytes) }

    var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

extension Kernels {
    /// Weights [taps][depth][columns] as the matrix blocks want them.
    func packed(_ weights: [Float], taps: Int, depth: Int, columns: Int) -> AlignedBuffer {
        let packed = AlignedBuffer(count: Kernels.packedCount(taps: taps, depth: depth, columns: columns))
        pack(
            into: packed.pointer, weights, taps: taps, tap: depth * columns, depth: depth, row: columns,
            columns: columns, column: 1)
        return packed
    }
}

/// Rows of a buffer with their table: keeps both alive, which `Rows` alone does not.
struct Side {
    let buffer: AlignedBuffer
    let offsets: Offsets

    init(_ buffer: AlignedBuffer, _ offsets: [Int]) {
        self.buffer = buffer
        self.offsets = Offsets(offsets)
    }
}

/// A block over two sides and a table of taps, all alive until it returns.
func withRows(_ c: Side, _ a: Side, _ taps: [Int], _ body: (Rows, Rows, Offsets) -> Void) {
    let taps = Offsets(taps)
    withExtendedLifetime((c, a, taps)) {
        body(Rows(c.buffer.pointer, c.offsets), Rows(a.buffer.pointer, a.offsets), taps)
    }
}

/// Distances in units in the last place of a Float32.
func ulps(_ actual: Float, from exact: Double) -> Double {
    let expected = Float(exact)
    if actual == expected || actual.isNaN && expected.isNaN {
        return abs(Double(actual) - exact) / Double(expected.ulp)
    }
    return abs(Double(actual) - exact) / Double(max(abs(expected), .leastNormalMagnitude).ulp)
}
