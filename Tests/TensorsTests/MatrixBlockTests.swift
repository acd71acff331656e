import Tensors
import TestSupport
import Testing

/// The matrix blocks against plain loops in double precision.
///
/// All values are small whole numbers: no sum is rounded, whatever its order, so that results must be equal. Rows stand
/// at uneven distances in any order, as convolutions need them.
struct MatrixBlockTests {
    static let columns = [1, 2, 15, 16, 17, 36, 64, 65]
    static let depths = [1, 5, 63, 64, 65, 300]

    /// Offsets of rows with a gap behind each, the last one first.
    private static func offsets(_ rows: Int, of size: Int) -> [Int] {
        (0..<rows).map { (rows - 1 - $0) * (size + 3) + 1 }
    }

    /// Σ over taps and depth of A · W for one row.
    private static func product(
        _ a: [Float], at row: Int, _ taps: [Int], _ weights: [Float], depth: Int, columns: Int
    ) -> [Double] {
        var sums = [Double](repeating: 0, count: columns)
        for (t, tap) in taps.enumerated() {
            for k in 0..<depth {
                let (x, w) = (Double(a[row + tap + k]), (t * depth + k) * columns)
                for n in 0..<columns { sums[n] += x * Double(weights[w + n]) }
            }
        }
        return sums
    }

    @Test(arguments: depths)
    func `gather sums taps over rows`(depth: Int) {
        for columns in Self.columns {
            for count in 1...6 {
                var random = TestValues(seed: columns * 10 + count)
                let (rowsA, rowsC) = (Self.offsets(20, of: depth), Self.offsets(20, of: columns))
                let taps = (0..<count).map { _ in random.integer(0...40) }
                let a = AlignedBuffer(random.wholes(20 * (depth + 3) + 41))
                let weights = random.wholes(count * depth * columns)
                let bias = AlignedBuffer(random.wholes(columns))
                let before = random.wholes(20 * (columns + 3), limit: 50)
                let products = rowsA.map {
                    Self.product(a.values, at: $0, taps, weights, depth: depth, columns: columns)
                }
                for kernels in InstructionSet.available.map({ Kernels($0)! }) {
                    let packed = kernels.packed(weights, taps: count, depth: depth, columns: columns)
                    for rows in 0...20 {
                        for start in 0..<3 {
                            let c = AlignedBuffer(before)
                            withRows(Side(c, rowsC), Side(a, rowsA), taps) { c, a, taps in
                                kernels.gather(
                                    into: c, from: a, rows: rows, packed: packed.pointer, taps: taps, depth: depth,
                                    columns: columns,
                                    start: start == 0 ? .zero : start == 1 ? .bias(bias.pointer) : .output)
                            }
                            var expected = before
                            for i in 0..<rows {
                                for n in 0..<columns {
                                    let first = start == 0 ? 0 : start == 1 ? bias.pointer[n] : before[rowsC[i] + n]
                                    expected[rowsC[i] + n] = first + Float(products[i][n])
                                }
                            }
                            c.expect(
                                expected,
                                "\(kernels.instructionSet): \(rows) rows, \(columns) columns, \(count) taps, \(start)")
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: [0, 1, 2, 3, 6, 7, 20, 47, 48, 49, 97])
    func `scatter adds to where taps point`(rows: Int) {
        for (columns, depth, count) in Self.sizes {
            var random = TestValues(seed: columns + depth)
            let (rowsA, rowsC) = (Self.offsets(rows, of: depth), Self.offsets(rows, of: columns))
            // Taps overlap each other, as windows do.
            let taps = (0..<count).map { $0 * (columns + 1) / 2 }
            let a = AlignedBuffer(random.wholes(rows * (depth + 3) + 1))
            let weights = random.wholes(count * depth * columns)
            let before = random.wholes((rows + count) * (columns + 3), limit: 50)
            var expected = before.map(Double.init)
            for i in 0..<rows {
                for (t, tap) in taps.enumerated() {
                    let tapWeights = Array(weights[t * depth * columns..<(t + 1) * depth * columns])
                    let sums = Self.product(a.values, at: rowsA[i], [0], tapWeights, depth: depth, columns: columns)
                    for n in 0..<columns { expected[rowsC[i] + tap + n] += sums[n] }
                }
            }
            for kernels in InstructionSet.available.map({ Kernels($0)! }) {
                let tapCount = Kernels.packedCount(taps: 1, depth: depth, columns: columns)
                let packed = AlignedBuffer(count: count * tapCount)
                for t in 0..<count {
                    kernels.pack(
                        into: packed.pointer + t * tapCount,
                        Array(weights[t * depth * columns..<(t + 1) * depth * columns]), taps: 1, tap: 0, depth: depth,
                        row: columns, columns: columns, column: 1)
                }
                let c = AlignedBuffer(before)
                withRows(Side(c, rowsC), Side(a, rowsA), taps) { c, a, taps in
                    kernels.scatter(
                        into: c, from: a, rows: rows, packed: packed.pointer, taps: taps, depth: depth,
                        columns: columns)
                }
                c.expect(expected.map(Float.init), "\(kernels.instructionSet): \(columns), \(depth), \(count)")
            }
        }
    }

    @Test(arguments: [0, 1, 2, 5, 16, 17, 111, 112, 113, 225])
    func `weight gradients sum over rows`(rows: Int) {
        for (columns, depth, count) in Self.sizes {
            var random = TestValues(seed: columns + depth)
            let (rowsA, rowsD) = (Self.offsets(rows, of: depth), Self.offsets(rows, of: columns))
            let taps = (0..<count).map { _ in random.integer(0...40) }
            let a = AlignedBuffer(random.wholes(rows * (depth + 3) + 42 + depth))
            let d = AlignedBuffer(random.wholes(rows * (columns + 3) + 1))
            let before = random.wholes(count * depth * columns, limit: 50)
            var sums = [Double](repeating: 0, count: before.count)
            for i in 0..<rows {
                for (t, tap) in taps.enumerated() {
                    for k in 0..<depth {
                        let x = Double(a.pointer[rowsA[i] + tap + k])
                        for n in 0..<columns {
                            sums[(t * depth + k) * columns + n] += x * Double(d.pointer[rowsD[i] + n])
                        }
                    }
                }
            }
            for kernels in InstructionSet.available.map({ Kernels($0)! }) {
                for adding in [false, true] {
                    let dw = AlignedBuffer(before)
                    withRows(Side(a, rowsA), Side(d, rowsD), taps) { a, d, taps in
                        kernels.weightGradient(
                            into: dw.pointer, from: a, and: d, rows: rows, taps: taps, depth: depth, columns: columns,
                            adding: adding)
                    }
                    let expected = zip(sums, before).map { Float($0) + (adding ? $1 : 0) }
                    dw.expect(expected, "\(kernels.instructionSet): \(columns), \(depth), \(count), \(adding)")
                }
            }
        }
    }

    /// Columns, depth, taps.
    static let sizes: [(Int, Int, Int)] = columns.flatMap { columns in
        [(1, 6), (5, 3), (6, 1), (7, 2), (64, 2), (65, 1), (300, 1)].map { (columns, $0, $1) }
    }

    /// Small height and width, kernel, stride, big channels: windows that overlap, touch, and leave gaps.
    static let windows: [(height: Int, width: Int, kernel: Int, stride: Int, channels: Int)] = [
        (1, 1, 1, 1, 1), (12, 12, 6, 2, 1), (5, 3, 5, 1, 1), (3, 4, 5, 2, 1), (4, 5, 3, 1, 3), (2, 7, 5, 2, 2),
        (4, 3, 3, 3, 3),
        (3, 2, 2, 3, 1), (3, 3, 4, 2, 3), (2, 2, 1, 4, 5), (1, 9, 7, 3, 2),
    ]

    @Test(arguments: windows)
    func `windows are added where they lie, in any pieces`(
        shape: (height: Int, width: Int, kernel: Int, stride: Int, channels: Int)
    ) {
        let (kernelLine, step) = (shape.kernel * shape.channels, shape.stride * shape.channels)
        let bigHeight = (shape.height - 1) * shape.stride + max(shape.kernel, shape.stride)
        let bigLine = (shape.width - 1) * step + max(kernelLine, step)
        let stride = shape.kernel * kernelLine + 2
        var random = TestValues(seed: bigLine)
        let product = random.wholes(shape.height * shape.width * stride)
        let before = random.wholes(bigHeight * bigLine, limit: 50)
        var expected = before
        for (y, x) in (0..<shape.height).flatMap({ y in (0..<shape.width).map { (y, $0) } }) {
            for (line, n) in (0..<shape.kernel).flatMap({ line in (0..<kernelLine).map { (line, $0) } }) {
                expected[(y * shape.stride + line) * bigLine + x * step + n] +=
                    product[(y * shape.width + x) * stride + line * kernelLine + n]
            }
        }
        let overlap = Overlap(
            height: shape.height, width: shape.width, stride: stride, bigLine: bigLine, kernelHeight: shape.kernel,
            lineStride: shape.stride, kernelLine: kernelLine, step: step)
        for kernels in InstructionSet.available.map({ Kernels($0)! }) {
            for cut in 0...bigHeight {
                let big = AlignedBuffer(before)
                // The second piece's product starts at the first line that reaches it.
                let first = min(max(0, (cut - shape.kernel + shape.stride) / shape.stride), shape.height - 1)
                product.withUnsafeBufferPointer { product in
                    let all = product.baseAddress!
                    kernels.overlapAdd(to: big.pointer, product: all, overlap, firstLine: 0, lines: 0..<cut)
                    kernels.overlapAdd(
                        to: big.pointer, product: all + first * shape.width * stride, overlap, firstLine: first,
                        lines: cut..<bigHeight)
                }
                big.expect(expected, "\(kernels.instructionSet): \(shape), cut at \(cut)")
            }
        }
    }

    @Test(arguments: columns)
    func `packed panels are padded with zeros`(columns: Int) {
        let (taps, depth) = (3, 5)
        // Rows and columns of the weights in both orders, with room between.
        for (row, column) in [(columns + 2, 1), (1, depth + 1)] {
            let tap = 400
            let weights = (0..<taps * tap + depth * columns + 500).map(Float.init)
            for kernels in InstructionSet.available.map({ Kernels($0)! }) {
                let packed = AlignedBuffer(
                    [Float](
                        repeating: .nan, count: Kernels.packedCount(taps: taps, depth: depth, columns: columns)))
                kernels.pack(
                    into: packed.pointer, weights, taps: taps, tap: tap, depth: depth, row: row, columns: columns,
                    column: column)
                var expected: [Float] = []
                for panel in 0..<(columns + Kernels.panel - 1) / Kernels.panel {
                    for t in 0..<taps {
                        for k in 0..<depth {
                            for n in panel * Kernels.panel..<(panel + 1) * Kernels.panel {
                                expected.append(n < columns ? weights[t * tap + k * row + n * column] : 0)
                            }
                        }
                    }
                }
                packed.expect(expected, "\(kernels.instructionSet)")
            }
        }
    }
}
