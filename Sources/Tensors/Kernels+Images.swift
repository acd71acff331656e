import CKernels

/// Pooling or upsampling: an image and the window that walks over it.
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
    package func maxPool(
        into out: Floats, winners: UnsafeMutablePointer<UInt8>, from image: UnsafePointer<Float>, _ window: Window,
        bias: UnsafePointer<Float>?, relu: Bool
    ) {
        table.pointee.max_pool(out, winners, image, window.raw, bias, relu ? 1 : 0)
    }

    /// Writes or adds to every value of `din`.
    package func maxPoolBackward(
        into din: Floats, from dout: UnsafePointer<Float>, winners: UnsafePointer<UInt8>, _ window: Window,
        adding: Bool = false
    ) {
        table.pointee.max_pool_backward(din, dout, winners, window.raw, adding ? 1 : 0)
    }

    /// Each pixel becomes a window of its value.
    package func upsample(into out: Floats, from image: UnsafePointer<Float>, _ window: Window) {
        table.pointee.upsample(out, image, window.raw)
    }

    /// Writes or adds to every value of `din`.
    package func upsampleBackward(
        into din: Floats, from dout: UnsafePointer<Float>, _ window: Window, adding: Bool = false
    ) {
        table.pointee.upsample_backward(din, dout, window.raw, adding ? 1 : 0)
    }

    /// The mean of each window; of the whole image where the window is as large.
    package func averagePool(into out: Floats, from image: UnsafePointer<Float>, _ window: Window) {
        table.pointee.average_pool(out, image, window.raw)
    }

    /// Writes or adds to every value of `din`.
    package func averagePoolBackward(
        into din: Floats, from dout: UnsafePointer<Float>, _ window: Window, adding: Bool
    ) {
        table.pointee.average_pool_backward(din, dout, window.raw, adding ? 1 : 0)
    }

    /// Linear between the centres of pixels, constant beyond the outermost: PyTorch's `align_corners=False`.
    package func upsampleBilinear(into out: Floats, from image: UnsafePointer<Float>, _ window: Window) {
        table.pointee.upsample_bilinear(out, image, window.raw)
    }

    /// Writes or adds to every value of `din`.
    package func upsampleBilinearBackward(
        into din: Floats, from dout: UnsafePointer<Float>, _ window: Window, adding: Bool
    ) {
        table.pointee.upsample_bilinear_backward(din, dout, window.raw, adding ? 1 : 0)
    }
}
