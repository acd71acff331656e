import Tensors
import TestSupport
import Testing

/// The matrix blocks that pool their sums, against the blocks that they stand for; whole numbers, so all bits count.
struct PooledBlockTests {
    /// Lines of a kernel, values of one line, columns.
    static let shapes = [(5, 5, 64), (5, 5, 17), (3, 9, 70), (1, 1, 3), (2, 6, 128), (3, 3, 48)]

    /// - Parameter step: From a window's left to its right, in floats: within what a vector of eight reads, or beyond.
    @Test(arguments: shapes, [1, 3, 6])
    func `windows are pooled and their gradients go through the winner`(
        shape: (taps: Int, depth: Int, columns: Int), step: Int
    ) {
        let (taps, depth, columns) = shape
        for kernels in InstructionSet.available.map({ Kernels($0)! }) {
            var random = TestValues(seed: columns)
            let (windows, line) = (7, 100)
            let image = AlignedBuffer(random.wholes(40 * line))
            let (rows, lines) = (
                Offsets(
                    (0..<windows).flatMap { _ in
                        let (above, below) = (random.integer(0...30 * line), random.integer(0...30 * line))
                        return [above, above + step, below, below + step]
                    }),
                Offsets((0..<taps).map { $0 * line })
            )
            let kernel = random.wholes(taps * depth * columns)
            let packed = AlignedBuffer(count: Kernels.packedCount(taps: taps, depth: depth, columns: columns))
            kernels.pack(
                into: packed.pointer, kernel, taps: taps, tap: depth * columns, depth: depth, row: columns,
                columns: columns, column: 1)
            let bias = random.wholes(columns)

            let sums = AlignedBuffer(count: 4 * windows * columns + Kernels.panel)
            let sumRows = Offsets((0..<4 * windows).map { $0 * columns })
            defer { withExtendedLifetime((image, rows, lines, packed, sums, sumRows)) {} }
            kernels.gather(
                into: Rows(sums.pointer, sumRows),
                from: Rows(image.pointer, rows), rows: 4 * windows, packed: packed.pointer, taps: lines, depth: depth,
                columns: columns, start: .zero)
            let window = Window(
                height: 2 * windows, width: 2, channels: columns, windowHeight: 2, windowWidth: 2)
            let (expected, out) = (AlignedBuffer(count: windows * columns), AlignedBuffer(count: windows * columns))
            var (winners, index) = (
                [UInt8](repeating: 9, count: windows * columns), [UInt8](repeating: 8, count: windows * columns)
            )
            kernels.maxPool(
                into: expected.pointer, winners: &winners, from: sums.pointer, window, bias: bias, relu: true)
            bias.withUnsafeBufferPointer {
                kernels.gatherPool(
                    into: out.pointer, winners: &index, from: Rows(image.pointer, rows), windows: windows,
                    packed: packed.pointer, taps: lines, depth: depth, columns: columns, bias: $0.baseAddress!,
                    relu: true)
            }
            #expect(out.values == expected.values, "\(kernels.instructionSet)")
            #expect(index == winners, "\(kernels.instructionSet)")
            #expect(Set(winners) == [0, 1, 2, 3] || columns < 16)

            let gradient = random.wholes(windows * columns)
            kernels.maxPoolBackward(into: sums.pointer, from: gradient, winners: winners, window)
            let start = random.wholes(taps * depth * columns)
            let (dense, pooled) = (AlignedBuffer(start), AlignedBuffer(start))
            for adding in [true, false] {
                kernels.weightGradient(
                    into: dense.pointer, from: Rows(image.pointer, rows),
                    and: Rows(sums.pointer, sumRows), rows: 4 * windows,
                    taps: lines, depth: depth, columns: columns, adding: adding)
                kernels.weightGradientPool(
                    into: pooled.pointer, from: Rows(image.pointer, rows), and: gradient, winners: winners,
                    windows: windows, taps: lines, depth: depth, columns: columns, adding: adding)
                #expect(pooled.values == dense.values, "\(kernels.instructionSet), adding: \(adding)")
            }
        }
    }
}
