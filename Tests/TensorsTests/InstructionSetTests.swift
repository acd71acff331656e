import Foundation
import Tensors
import TestSupport
import Testing

/// The same bits from every set with fused multiply-add; baseline is as close as its second rounding.
struct InstructionSetTests {
    /// What each block makes of the same random values: shapes that need whole and partial tiles of every set.
    private static func results(_ set: InstructionSet) -> [(name: String, values: [Float])] {
        let kernels = Kernels(set)!
        var results: [(String, [Float])] = []
        func run(_ name: String, _ start: [Float], _ body: (Floats) -> Void) {
            let buffer = AlignedBuffer(start)
            body(buffer.pointer)
            results.append((name, buffer.values))
        }
        for (rows, columns, depth, taps) in [
            (1, 1, 1, 1), (3, 17, 65, 2), (7, 36, 300, 3), (13, 64, 64, 9), (20, 65, 63, 6), (113, 100, 31, 1),
        ] {
            var random = TestValues(seed: rows)
            let label = "\(rows) × \(columns) of \(taps) × \(depth)"
            let a = AlignedBuffer(random.uniforms((rows + taps) * depth))
            let c = random.uniforms((rows + taps) * columns)
            let weights = random.uniforms(taps * depth * columns)
            let packed = kernels.packed(weights, taps: taps, depth: depth, columns: columns)
            let tapCount = Kernels.packedCount(taps: 1, depth: depth, columns: columns)
            let separate = AlignedBuffer(count: taps * tapCount)
            for t in 0..<taps {
                kernels.pack(
                    into: separate.pointer + t * tapCount,
                    Array(weights[t * depth * columns..<(t + 1) * depth * columns]),
                    taps: 1, tap: 0, depth: depth, row: columns, columns: columns, column: 1)
            }
            let rowsA = (0..<rows).map { $0 * depth }, rowsC = (0..<rows).map { $0 * columns }
            for kind in ["gather", "scatter", "weight gradient"] {
                let buffer = AlignedBuffer(kind == "weight gradient" ? weights : c)
                let taps = (0..<taps).map { $0 * (kind == "scatter" ? columns : depth) }
                let (big, small) = (Side(a, rowsA), Side(kind == "weight gradient" ? AlignedBuffer(c) : buffer, rowsC))
                withRows(small, big, taps) { small, big, taps in
                    switch kind {
                    case "gather":
                        kernels.gather(
                            into: small, from: big, rows: rows, packed: packed.pointer, taps: taps, depth: depth,
                            columns: columns, start: .output)
                    case "scatter":
                        kernels.scatter(
                            into: small, from: big, rows: rows, packed: separate.pointer, taps: taps, depth: depth,
                            columns: columns)
                    default:
                        kernels.weightGradient(
                            into: buffer.pointer, from: big, and: small, rows: rows, taps: taps, depth: depth,
                            columns: columns, adding: true)
                    }
                }
                results.append(("\(kind) \(label)", buffer.values))
            }
        }
        for count in [1, 16, 37, 1000] {
            var random = TestValues(seed: count)
            let (x, y) = (random.uniforms(count, -20...20), random.uniforms(count, 0...1))
            let label = "\(count) values"
            for function in PointwiseFunction.all {
                run("\(function.name) \(label)", x) {
                    kernels.apply(function, into: $0, from: x.map(abs), count: count, parameter: 0.3)
                }
                run("gradient of \(function.name) \(label)", x) {
                    kernels.applyBackward(
                        function, into: $0, from: y, input: x, output: y, count: count, parameter: 0.3, adding: true)
                }
            }
            run("normals \(label)", x) { kernels.normals(into: $0, count: count, counter: (1, 2, 3), key: (4, 5)) }
            run("bernoulli \(label)", x + [0]) {
                $0[count] = kernels.bernoulli(gradient: $0, logits: x, target: y, count: count, scale: 0.3)
            }
            run("squared error \(label)", x + [0]) {
                $0[count] = kernels.squaredError(gradient: $0, x, target: y, count: count, scale: 0.3)
            }
            run("column sums \(label)", y) {
                kernels.columnSums(into: $0, of: x, rows: count, channels: 1, adding: true)
            }
            let moments = (AlignedBuffer(x.map { $0 / 20 }), AlignedBuffer(y))
            run("Adam \(label)", x) {
                kernels.adam(
                    $0, m: moments.0.pointer, v: moments.1.pointer, gradient: y, count: count, rate: 0.1, beta1: 0.9,
                    beta2: 0.999, epsilon: 1e-7)
            }
            results += [("moments \(label)", moments.0.values + moments.1.values)]
        }
        return results + norms(kernels)
    }

    private static func norms(_ kernels: Kernels) -> [(name: String, values: [Float])] {
        [(15, 4, 1), (14, 33, 3), (144, 64, 8), (9, 130, 13)].map { pixels, channels, groups in
            var random = TestValues(seed: channels)
            let x = random.uniforms(pixels * channels), d = AlignedBuffer(random.uniforms(pixels * channels))
            let scale = AlignedBuffer(random.uniforms(channels)), shift = AlignedBuffer(random.uniforms(channels))
            let scratch = AlignedBuffer(count: GroupNormalization.scratchCount(channels: channels))
            let statistics = AlignedBuffer(count: GroupNormalization.statisticsCount(groups: groups))
            let (y, dScale, dShift) = (AlignedBuffer(x), AlignedBuffer(scale.values), AlignedBuffer(shift.values))
            let norm = GroupNormalization(
                pixels: pixels, channels: channels, groups: groups, epsilon: 1e-5, scale: scale.pointer,
                shift: shift.pointer, function: .silu)
            kernels.groupStatistics(into: statistics.pointer, of: x, norm, scratch: scratch.pointer)
            kernels.groupNorm(
                into: y.pointer, from: x, statistics: statistics.pointer, norm, scratch: scratch.pointer)
            kernels.groupNormBackward(
                into: d.pointer, from: d.pointer, input: x, statistics: statistics.pointer, norm,
                scaleGradient: dScale.pointer, shiftGradient: dShift.pointer, addingParameters: true, adding: false,
                scratch: scratch.pointer)
            let values = withExtendedLifetime((scale, shift)) {
                [y, d, dScale, dShift].flatMap(\.values)
            }
            return ("group norm of \(pixels) × \(channels)", values)
        }
    }

    @Test(.enabled(if: InstructionSet.fused.count > 1, "this machine runs one set with fused multiply-add"))
    func `sets with fused multiply-add give the same bits`() {
        let expected = Self.results(InstructionSet.fused[0])
        for set in InstructionSet.fused.dropFirst() {
            for (ours, theirs) in zip(Self.results(set), expected) {
                AlignedBuffer(ours.values).expect(theirs.values, "\(set), \(ours.name)")
            }
        }
    }

    @Test(.enabled(if: InstructionSet.available.count > InstructionSet.fused.count, "no baseline apart from NEON"))
    func `the baseline is close`() {
        let expected = Self.results(InstructionSet.available.last!)
        for (ours, theirs) in zip(Self.results(.baseline), expected) {
            #expect(relativeError(ours.values, theirs.values) <= 1e-6, "\(ours.name)")
        }
    }

    @Test func `a wrong VAE_ISA is refused in words`() async {
        await #expect(processExitsWith: .success) {
            for name in ["sse9", "AVX2"] {
                setenv("VAE_ISA", name, 1)
                let error = #expect(throws: InstructionSetError.self) { try InstructionSet.selected() }
                let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
                #expect(error?.description == "VAE_ISA=\(name): this machine runs \(available)")
            }
            for set in InstructionSet.allCases where Kernels(set) == nil {
                setenv("VAE_ISA", set.rawValue, 1)
                #expect(throws: InstructionSetError.self) { try InstructionSet.selected() }
            }
            for set in InstructionSet.available {
                setenv("VAE_ISA", set.rawValue, 1)
                let selected = try? InstructionSet.selected()
                #expect(selected == set)
            }
            setenv("VAE_ISA", "", 1)
            let selected = try? InstructionSet.selected()
            #expect(selected == InstructionSet.available.last)
        }
    }
}
