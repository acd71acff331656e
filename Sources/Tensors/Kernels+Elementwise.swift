import CKernels

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

extension Kernels {
    /// - Parameter stride: From one row to the next, in floats.
    package func relu(_ y: Floats, rows: Int, channels: Int, stride: Int) {
        table.pointee.relu(y, Int64(rows), Int64(channels), Int64(stride))
    }

    package func add(_ x: UnsafePointer<Float>, to y: Floats, count: Int) {
        table.pointee.add(y, x, Int64(count))
    }

    /// - Parameter stride: From one row to the next, in floats.
    package func fillRows(_ y: Floats, with row: UnsafePointer<Float>, rows: Int, channels: Int, stride: Int) {
        table.pointee.fill_rows(y, row, Int64(rows), Int32(channels), Int64(stride))
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
