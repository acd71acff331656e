import CKernels

/// Where a matrix block's sums start.
package enum SumStart {
    case zero
    /// At a row of biases, one a column.
    case bias(UnsafePointer<Float>)
    /// At what the output holds.
    case output

    var raw: (vae_start, bias: UnsafePointer<Float>?) {
        switch self {
        case .zero: (VAE_START_ZERO, nil)
        case .bias(let row): (VAE_START_BIAS, row)
        case .output: (VAE_START_ADD, nil)
        }
    }
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

extension Kernels {
    package func gather(
        into c: Rows, from a: Rows, rows: Int, packed: UnsafePointer<Float>, taps: Offsets, depth: Int, columns: Int,
        start: SumStart
    ) {
        let (raw, bias) = start.raw
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
