import CKernels

extension Kernels {
    package func add(_ x: UnsafePointer<Float>, to y: Floats, count: Int) {
        add(x, and: y, into: y, count: count)
    }

    /// out ← x + y.
    /// - Parameter out: May be `x` or `y`.
    package func add(_ x: UnsafePointer<Float>, and y: UnsafePointer<Float>, into out: Floats, count: Int) {
        table.pointee.add(out, y, x, Int64(count))
    }

    /// out ← x · y, or out ← out + x · y.
    /// - Parameter out: May be `x` or `y`.
    package func multiply(
        _ x: UnsafePointer<Float>, by y: UnsafePointer<Float>, into out: Floats, count: Int, adding: Bool
    ) {
        table.pointee.multiply(out, x, y, Int64(count), adding ? 1 : 0)
    }

    /// out ← x, or out ← out + x, on rows of `channels` values: channels are joined and parted by it.
    /// - Parameters:
    ///   - stride: From one row of `out` to the next, in floats.
    ///   - inputStride: From one row of `x` to the next, in floats.
    package func copyRows(
        into out: Floats, from x: UnsafePointer<Float>, rows: Int, channels: Int, stride: Int, inputStride: Int,
        adding: Bool
    ) {
        table.pointee.copy_rows(
            out, x, Int64(rows), Int64(channels), Int64(stride), Int64(inputStride), adding ? 1 : 0)
    }

    /// - Parameter stride: From one row to the next, in floats.
    package func fillRows(_ y: Floats, with row: UnsafePointer<Float>, rows: Int, channels: Int, stride: Int) {
        table.pointee.fill_rows(y, row, Int64(rows), Int32(channels), Int64(stride))
    }

    package func columnSums(into sums: Floats, of d: UnsafePointer<Float>, rows: Int, channels: Int, adding: Bool) {
        table.pointee.column_sums(sums, d, Int64(rows), Int32(channels), adding ? 1 : 0)
    }

    package func pixelsToFloat(into out: Floats, _ pixels: UnsafePointer<UInt8>, count: Int) {
        table.pointee.pixels_to_float(out, pixels, Int64(count))
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
        withWords(counter, key) { table.pointee.normals(out, Int64(count), $0, $1) }
    }

    /// out ← scale · x where a value is kept and 0 where it is dropped, or the same added to `out`.
    ///
    /// A value is dropped with probability `rate`. Which ones hangs on `counter` and `key` alone, so that a gradient meets
    /// the same mask.
    package func dropout(
        into out: Floats, from x: UnsafePointer<Float>, count: Int, counter: (UInt32, UInt32, UInt32),
        key: (UInt32, UInt32), rate: Float, scale: Float, adding: Bool
    ) {
        withWords(counter, key) { table.pointee.dropout(out, x, Int64(count), $0, $1, rate, scale, adding ? 1 : 0) }
    }

    private func withWords(
        _ counter: (UInt32, UInt32, UInt32), _ key: (UInt32, UInt32),
        _ body: (UnsafePointer<UInt32>, UnsafePointer<UInt32>) -> Void
    ) {
        withUnsafeBytes(of: counter) { counter in
            withUnsafeBytes(of: key) { key in
                body(
                    counter.assumingMemoryBound(to: UInt32.self).baseAddress!,
                    key.assumingMemoryBound(to: UInt32.self).baseAddress!)
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
