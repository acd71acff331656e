import CKernels

/// Bits of bfloat16 values.
package typealias BFloats = UnsafeMutablePointer<UInt16>

/// Rows of bfloat16 at `base + offsets[i]`: an input of a matrix block.
package struct BFloatRows {
    package let base: UnsafePointer<UInt16>
    package let offsets: UnsafePointer<Int32>

    package init(_ base: BFloats, _ offsets: Offsets, from first: Int = 0) {
        self.base = UnsafePointer(base)
        self.offsets = offsets.pointer + first
    }

    fileprivate var raw: vae_bf16_rows { vae_bf16_rows(base: base, rows: offsets) }
}

/// The blocks on bfloat16 inputs, under Swift names; `BFloat16.h` says what each one does.
package struct BFloat16Kernels: @unchecked Sendable {
    private let table: UnsafePointer<vae_bf16_kernels>

    /// Those of this process; nil where the machine has none, or `VAE_ISA` asks for a narrower instruction set.
    package static let shared: BFloat16Kernels? = {
        guard Kernels.shared.instructionSet == .avx512, let table = vae_bf16_best() else { return nil }
        return BFloat16Kernels(table: table)
    }()

    package var name: String { String(cString: table.pointee.name) }

    /// Words that packed weights take: two values each.
    package static func packedCount(taps: Int, depth: Int, columns: Int) -> Int {
        Kernels.packedCount(taps: taps, depth: (depth + 1) / 2, columns: columns)
    }

    /// Floats of memory that hold `count` values and may be read 64 bytes further.
    package static func floats(for count: Int) -> Int { (count + 1) / 2 + Kernels.panel }

    /// Rounds to nearest even, and zeroes the value behind: a row of odd depth is read that far.
    package func round(into out: BFloats, _ values: UnsafePointer<Float>, count: Int) {
        table.pointee.round(out, values, Int64(count))
        out[count] = 0
    }

    /// Panels of W_t[k][n] = w[t · tap + k · row + n · column].
    package func pack(
        into packed: Floats, _ w: UnsafePointer<Float>, taps: Int, tap: Int, depth: Int, row: Int, columns: Int,
        column: Int
    ) {
        table.pointee.pack(
            words(packed), w, Int32(taps), Int64(tap), Int32(depth), Int64(row), Int32(columns), Int64(column))
    }

    package func gather(
        into c: Rows, from a: BFloatRows, rows: Int, packed: UnsafePointer<Float>, taps: Offsets, depth: Int,
        columns: Int, start: SumStart
    ) {
        let (raw, bias) = start.raw
        table.pointee.gather(
            c.raw, a.raw, Int32(rows), words(packed), Int32(taps.count), taps.pointer, Int32(depth), Int32(columns),
            raw, bias)
    }

    package func scatter(
        into c: Rows, from a: BFloatRows, rows: Int, packed: UnsafePointer<Float>, taps: Offsets, depth: Int,
        columns: Int
    ) {
        table.pointee.scatter(
            c.raw, a.raw, Int32(rows), words(packed), Int32(taps.count), taps.pointer, Int32(depth), Int32(columns))
    }

    package func weightGradient(
        into dw: Floats, from a: BFloatRows, and d: BFloatRows, rows: Int, taps: Offsets, depth: Int, columns: Int,
        adding: Bool
    ) {
        table.pointee.weight_gradient(
            dw, a.raw, d.raw, Int32(rows), Int32(taps.count), taps.pointer, Int32(depth), Int32(columns),
            adding ? 1 : 0)
    }

    package func winogradWindow(
        into planes: BFloats, plane: Int, from big: UnsafePointer<Float>, _ tiles: Tiles, channels: Int
    ) {
        table.pointee.winograd_window(planes, Int64(plane), big, tiles.raw(channels))
    }

    package func winogradTileAdjoint(
        into planes: BFloats, plane: Int, from small: UnsafePointer<Float>, _ tiles: Tiles, channels: Int
    ) {
        table.pointee.winograd_tile_adjoint(planes, Int64(plane), small, tiles.raw(channels))
    }

    /// Products of pairs on registers only.
    /// - Returns: Floating-point operations done.
    package func peak(iterations: Int) -> Double {
        var sink: Float = 1
        return table.pointee.peak(Int64(iterations), &sink)
    }

    // Packed weights share the plan's memory of floats; a word is as large.
    private func words(_ packed: Floats) -> UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(packed).assumingMemoryBound(to: UInt32.self)
    }

    private func words(_ packed: UnsafePointer<Float>) -> UnsafePointer<UInt32> {
        UnsafeRawPointer(packed).assumingMemoryBound(to: UInt32.self)
    }
}

extension UnsafeMutablePointer<Float> {
    /// The same memory for twice as many bfloat16 values.
    package var asBFloats: BFloats { UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt16.self) }
}
