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

    /// Borrows the table: a retain writes to what all threads read.
    package init(_ base: UnsafeMutablePointer<Float>, _ offsets: borrowing Offsets, from first: Int = 0) {
        self.base = base
        self.offsets = offsets.pointer + first
    }

    var raw: vae_rows { vae_rows(base: base, rows: offsets) }
}

/// How the product of a narrow correlation, all taps at once, lies over its big image.
package struct Overlap: Sendable {
    /// Of the small image, in pixels.
    package var height, width: Int
    /// Floats from one pixel's product to the next's, and of a line of the big image.
    package var stride, bigLine: Int
    /// Lines of a window, and from one window to the next.
    package var kernelHeight, lineStride: Int
    /// Floats of a window's line, and from one window to the next along it.
    package var kernelLine, step: Int

    package init(
        height: Int, width: Int, stride: Int, bigLine: Int, kernelHeight: Int, lineStride: Int, kernelLine: Int,
        step: Int
    ) {
        self.height = height
        self.width = width
        self.stride = stride
        self.bigLine = bigLine
        self.kernelHeight = kernelHeight
        self.lineStride = lineStride
        self.kernelLine = kernelLine
        self.step = step
    }

    /// - Parameter firstLine: The small line that the product starts at.
    fileprivate func raw(_ firstLine: Int) -> vae_overlap {
        vae_overlap(
            first: Int32(firstLine), height: Int32(height), width: Int32(width), stride: Int32(stride),
            big_line: Int32(bigLine), kernel_height: Int32(kernelHeight), line_stride: Int32(lineStride),
            kernel_line: Int32(kernelLine), step: Int32(step))
    }
}

extension Kernels {
    /// Rows of a scatter pass; which rows share one is part of the order of sums.
    package static let scatterRows = Int(VAE_SCATTER_ROWS)

    package func gather(
        into c: Rows, from a: Rows, rows: Int, packed: UnsafePointer<Float>, taps: Offsets, depth: Int, columns: Int,
        start: SumStart
    ) {
        let (raw, bias) = start.raw
        table.pointee.gather(
            c.raw, a.raw, Int32(rows), packed, Int32(taps.count), taps.pointer, Int32(depth), Int32(columns), raw, bias)
    }

    /// The largest of each four rows' sums, and which it is.
    package func gatherPool(
        into out: Floats, winners: UnsafeMutablePointer<UInt8>, from a: Rows, windows: Int,
        packed: UnsafePointer<Float>, taps: Offsets, depth: Int, columns: Int, bias: UnsafePointer<Float>, relu: Bool
    ) {
        table.pointee.gather_pool(
            out, winners, a.raw, Int32(windows), packed, Int32(taps.count), taps.pointer, Int32(depth),
            Int32(columns), bias, relu ? 1 : 0)
    }

    /// The weight gradient of the same, from the pooled output's.
    package func weightGradientPool(
        into dw: Floats, from a: Rows, and d: UnsafePointer<Float>, winners: UnsafePointer<UInt8>, windows: Int,
        taps: Offsets, depth: Int, columns: Int, adding: Bool
    ) {
        table.pointee.weight_gradient_pool(
            dw, a.raw, d, winners, Int32(windows), Int32(taps.count), taps.pointer, Int32(depth), Int32(columns),
            adding ? 1 : 0)
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

    /// Adds to the big image's `lines` what the products of its small pixels put there.
    package func overlapAdd(
        to big: Floats, product: UnsafePointer<Float>, _ overlap: Overlap, firstLine: Int, lines: Range<Int>
    ) {
        table.pointee.overlap_add(
            big, product, overlap.raw(firstLine), Int32(lines.lowerBound), Int32(lines.upperBound))
    }

    /// Each pixel of `out` is the sum of factor × factor pixels of `image`, from the same place on, and a bias.
    /// - Parameters:
    ///   - channels: To be summed, of `pixel` that a pixel has.
    ///   - across: Floats to a sum's next pixel; `down`: to its next line.
    package func boxSum(
        into out: Floats, from image: UnsafePointer<Float>, pixels: Int, channels: Int, of pixel: Int, across: Int,
        down: Int, factor: Int, bias: UnsafePointer<Float>?
    ) {
        table.pointee.box_sum(
            out, image,
            vae_box(
                pixels: Int64(pixels), channels: Int32(channels), pixel: Int32(pixel), across: Int64(across),
                down: Int64(down), factor: Int32(factor)), bias)
    }

    /// Panels of W_t[k][n] = w[t · tap + k · row + n · column].
    /// - Parameter panel: Floats from one panel to the next; nil where nothing stands between them.
    package func pack(
        into packed: Floats, panel: Int? = nil, _ w: UnsafePointer<Float>, taps: Int, tap: Int, depth: Int, row: Int,
        columns: Int, column: Int
    ) {
        table.pointee.pack(
            packed, Int64(panel ?? taps * depth * Kernels.panel), w, Int32(taps), Int64(tap), Int32(depth), Int64(row),
            Int32(columns), Int64(column))
    }
}
