import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An instruction set that the numeric blocks are built for.
public enum InstructionSet: String, CaseIterable, Sendable, Codable {
    /// SSE2 on x86-64: no fused multiply-add, so the last bits differ from all others.
    case baseline
    /// arm64.
    case neon
    /// AVX2 with FMA.
    case avx2
    /// AVX-512 (F, BW, VL, DQ).
    case avx512

    /// The one that this process uses: `VAE_ISA` where it is set, else the widest that the machine offers.
    /// - Throws: `InstructionSetError` if `VAE_ISA` names an unknown one, or one that this machine lacks.
    public static func selected() throws(InstructionSetError) -> InstructionSet {
        guard let wanted = getenv("VAE_ISA").map({ String(cString: $0) }), !wanted.isEmpty else {
            return Kernels.widest
        }
        guard let set = InstructionSet(rawValue: wanted), Kernels.table(for: set) != nil else {
            throw InstructionSetError(wanted: wanted, available: allCases.filter { Kernels.table(for: $0) != nil })
        }
        return set
    }
}

/// `VAE_ISA` asks for what this machine does not have.
public struct InstructionSetError: Error, CustomStringConvertible {
    /// The value of `VAE_ISA`.
    public let wanted: String
    /// What this machine can run.
    public let available: [InstructionSet]

    /// One line for the user.
    public var description: String {
        let names = available.map(\.rawValue).joined(separator: ", ")
        return "VAE_ISA=\(wanted): this machine runs \(names)"
    }
}

/// Where a matrix block's sums start.
package enum SumStart {
    case zero
    /// At a row of biases, one a column.
    case bias(UnsafePointer<Float>)
    /// At what the output holds.
    case output
}

/// Rows of Float32 at `base + offsets[i]`: one side of a matrix block.
package struct Rows {
    package let base: UnsafeMutablePointer<Float>
    package let offsets: UnsafePointer<Int32>

    package init(_ base: UnsafeMutablePointer<Float>, _ offsets: Offsets, from first: Int = 0) {
        self.base = base
        self.offsets = offsets.pointer + first
    }

    fileprivate var raw: vae_rows { vae_rows(base: base, rows: offsets) }
}

/// Max-pooling or upsampling: an image and the window that walks over it.
package struct Window {
    package var height, width, channels, windowHeight, windowWidth: Int

    package init(height: Int, width: Int, channels: Int, windowHeight: Int, windowWidth: Int) {
        self.height = height
        self.width = width
        self.channels = channels
        self.windowHeight = windowHeight
        self.windowWidth = windowWidth
    }

    fileprivate var raw: vae_pool {
        vae_pool(
            height: Int32(height), width: Int32(width), channels: Int32(channels),
            window_height: Int32(windowHeight), window_width: Int32(windowWidth))
    }
}

package typealias Floats = UnsafeMutablePointer<Float>

/// The numeric blocks of one instruction set, under Swift names; `CKernels.h` says what each one does.
package struct Kernels: @unchecked Sendable {
    private let table: UnsafePointer<vae_kernels>
    package let instructionSet: InstructionSet

    /// The blocks that this process uses.
    ///
    /// A wrong `VAE_ISA` ends it; programs check `InstructionSet.selected()` first.
    package static let shared: Kernels = {
        do {
            let set = try InstructionSet.selected()
            return Kernels(set)!
        } catch {
            fatalError("\(error)")
        }
    }()

    /// Nil where this machine cannot run them.
    package init?(_ set: InstructionSet) {
        guard let table = Kernels.table(for: set) else { return nil }
        self.table = table
        instructionSet = set
    }

    /// Floats a packed panel is wide; a buffer behind `weightGradient` needs this much slack at its end.
    package static let panel = Int(VAE_PANEL)

    /// Lane gradients that `sumLanes` adds, at the most.
    package static let mostLanes = Int(VAE_MOST_LANES)

    /// Floats that packed weights take.
    package static func packedCount(taps: Int, depth: Int, columns: Int) -> Int {
        (columns + panel - 1) / panel * panel * taps * depth
    }

    fileprivate static var widest: InstructionSet {
        allSets.last { $0.1 == vae_best_isa() }!.0
    }

    private static let allSets: [(InstructionSet, vae_isa)] = [
        (.baseline, VAE_ISA_BASELINE), (.neon, VAE_ISA_NEON), (.avx2, VAE_ISA_AVX2), (.avx512, VAE_ISA_AVX512),
    ]

    fileprivate static func table(for set: InstructionSet) -> UnsafePointer<vae_kernels>? {
        vae_kernels_for(allSets.first { $0.0 == set }!.1)
    }
}

// MARK: - Matrix blocks

extension Kernels {
    package func gather(
        into c: Rows, from a: Rows, rows: Int, packed: UnsafePointer<Float>, taps: Offsets, depth: Int, columns: Int,
        start: SumStart
    ) {
        let (raw, bias): (vae_start, UnsafePointer<Float>?) =
            switch start {
            case .zero: (VAE_START_ZERO, nil)
            case .bias(let row): (VAE_START_BIAS, row)
            case .output: (VAE_START_ADD, nil)
            }
        table.pointee.gather(
            c.raw, a.raw, Int32(rows), packed, Int32(taps.count), taps.pointer, Int32(depth), Int32(columns), raw, bias)
    }

    package func scatter(
        into c: Rows, from a: Rows, rows: Int, packed: UnsafePointer<Float>, taps: Offsets, depth: Int, columns: Int
    ) {
        table.pointee.scatter(
            c.raw, a.raw, Int32(rows), packed, Int32(taps.count), taps.pointer, Int32(depth), Int32(columns))
    }

    package func weightGradient(
        into dw: Floats, from a: Rows, and d: Rows, rows: Int, taps: Offsets, depth: Int, columns: Int, adding: Bool
    ) {
        table.pointee.weight_gradient(
            dw, a.raw, d.raw, Int32(rows), Int32(taps.count), taps.pointer, Int32(depth), Int32(columns),
            adding ? 1 : 0)
    }

    package func overlapAdd(
        into c: Rows, product: UnsafePointer<Float>, stride: Int, rows: Int, taps: Offsets, columns: Int
    ) {
        table.pointee.overlap_add(
            c.raw, product, Int32(stride), Int32(rows), Int32(taps.count), taps.pointer, Int32(columns))
    }

    /// Panels of W_t[k][n] = w[t · tap + k · row + n · column].
    package func pack(
        into packed: Floats, _ w: UnsafePointer<Float>, taps: Int, tap: Int, depth: Int, row: Int, columns: Int,
        column: Int
    ) {
        table.pointee.pack(
            packed, w, Int32(taps), Int64(tap), Int32(depth), Int64(row), Int32(columns), Int64(column))
    }
}

// MARK: - Elementwise

extension Kernels {
    package func biasActivate(_ y: Floats, bias: UnsafePointer<Float>?, rows: Int, channels: Int, relu: Bool) {
        table.pointee.bias_activate(y, bias, Int64(rows), Int32(channels), relu ? 1 : 0)
    }

    package func fillRows(_ y: Floats, with row: UnsafePointer<Float>, rows: Int, channels: Int) {
        table.pointee.fill_rows(y, row, Int64(rows), Int32(channels))
    }

    package func columnSums(into sums: Floats, of d: UnsafePointer<Float>, rows: Int, channels: Int, adding: Bool) {
        table.pointee.column_sums(sums, d, Int64(rows), Int32(channels), adding ? 1 : 0)
    }

    package func reluBackward(_ d: Floats, output: UnsafePointer<Float>, count: Int) {
        table.pointee.relu_backward(d, output, Int64(count))
    }

    package func sigmoid(_ y: Floats, count: Int) {
        table.pointee.sigmoid(y, Int64(count))
    }

    package func sigmoidBackward(_ d: Floats, output: UnsafePointer<Float>, count: Int) {
        table.pointee.sigmoid_backward(d, output, Int64(count))
    }

    package func maxPool(
        into out: Floats, winners: UnsafeMutablePointer<UInt8>, from image: UnsafePointer<Float>, _ window: Window,
        bias: UnsafePointer<Float>?, relu: Bool
    ) {
        table.pointee.max_pool(out, winners, image, window.raw, bias, relu ? 1 : 0)
    }

    package func maxPoolBackward(
        into din: Floats, from dout: UnsafePointer<Float>, winners: UnsafePointer<UInt8>, _ window: Window
    ) {
        table.pointee.max_pool_backward(din, dout, winners, window.raw)
    }

    package func upsample(into out: Floats, from image: UnsafePointer<Float>, _ window: Window) {
        table.pointee.upsample(out, image, window.raw)
    }

    package func upsampleBackward(into din: Floats, from dout: UnsafePointer<Float>, _ window: Window) {
        table.pointee.upsample_backward(din, dout, window.raw)
    }

    package func pixelsToFloat(into out: Floats, _ pixels: UnsafePointer<UInt8>, count: Int) {
        table.pointee.pixels_to_float(out, pixels, Int64(count))
    }

    package func exponential(into out: Floats, _ x: UnsafePointer<Float>, count: Int) {
        table.pointee.exponential(out, x, Int64(count))
    }

    package func logarithm(into out: Floats, _ x: UnsafePointer<Float>, count: Int) {
        table.pointee.logarithm(out, x, Int64(count))
    }
}

// MARK: - Losses, gradients, noise

extension Kernels {
    /// Σ (x − y)²; the gradient, where asked for, becomes scale · (y − x).
    package func squaredError(
        gradient: Floats?, _ y: UnsafePointer<Float>, target x: UnsafePointer<Float>, count: Int, scale: Float
    ) -> Float {
        table.pointee.squared_error(gradient, y, x, Int64(count), scale)
    }

    /// Σ −log Bernoulli(x | sigmoid(logit)); the gradient, where asked for, becomes scale · (sigmoid(logit) − x).
    package func bernoulli(
        gradient: Floats?, logits: UnsafePointer<Float>, target x: UnsafePointer<Float>, count: Int, scale: Float
    ) -> Float {
        table.pointee.bernoulli(gradient, logits, x, Int64(count), scale)
    }

    package func sumLanes(_ gradients: Floats, stride: Int, lanes: Int, range: Range<Int>) {
        table.pointee.sum_lanes(
            gradients, Int64(stride), Int32(lanes), Int64(range.lowerBound), Int64(range.upperBound))
    }

    /// One Adam step as Keras writes it; `rate` is already corrected for bias.
    package func adam(
        _ parameters: Floats, m: Floats, v: Floats, gradient: UnsafePointer<Float>, count: Int, rate: Float,
        beta1: Double, beta2: Double, epsilon: Double
    ) {
        table.pointee.adam(
            parameters, m, v, gradient, Int64(count),
            vae_adam(
                learning_rate: rate, rest1: Float(1 - beta1), rest2: Float(1 - beta2), epsilon: Float(epsilon)))
    }

    package func allFinite(_ values: UnsafePointer<Float>, count: Int) -> Bool {
        table.pointee.all_finite(values, Int64(count)) == 1
    }

    package func normals(into out: Floats, count: Int, counter: (UInt32, UInt32, UInt32), key: (UInt32, UInt32)) {
        withUnsafeBytes(of: counter) { counter in
            withUnsafeBytes(of: key) { key in
                table.pointee.normals(
                    out, Int64(count), counter.assumingMemoryBound(to: UInt32.self).baseAddress,
                    key.assumingMemoryBound(to: UInt32.self).baseAddress)
            }
        }
    }

    /// Fused multiply-adds on registers only.
    /// - Returns: Floating-point operations done.
    package func peak(iterations: Int) -> Double {
        var sink: Float = 1
        return table.pointee.peak(Int64(iterations), &sink)
    }
}
