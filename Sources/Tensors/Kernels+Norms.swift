import CKernels

/// Group normalisation of one image [pixels][channels], and the pointwise function that follows it.
///
/// y = f(scale · (x − mean) / √(variance + ε) + shift), mean and variance over all pixels and the group's channels. One
/// group is layer normalisation, a group a channel instance normalisation.
package struct GroupNormalization {
    package var pixels, channels, groups: Int
    package var epsilon: Float
    /// One value a channel.
    package var scale, shift: UnsafePointer<Float>
    /// Nil: none.
    package var function: PointwiseFunction?
    /// The function's parameter.
    package var parameter: Float

    /// - Parameter groups: Divides `channels`.
    package init(
        pixels: Int, channels: Int, groups: Int, epsilon: Float, scale: UnsafePointer<Float>,
        shift: UnsafePointer<Float>, function: PointwiseFunction? = nil, parameter: Float = 0
    ) {
        self.pixels = pixels
        self.channels = channels
        self.groups = groups
        self.epsilon = epsilon
        self.scale = scale
        self.shift = shift
        self.function = function
        self.parameter = parameter
    }

    /// Floats that one image's statistics take.
    package static func statisticsCount(groups: Int) -> Int {
        groups * MemoryLayout<vae_group>.stride / MemoryLayout<Float>.stride
    }

    /// Floats of scratch memory that each pass takes.
    package static func scratchCount(channels: Int) -> Int { Int(vae_group_norm_scratch(Int32(channels))) }

    fileprivate var raw: vae_group_norm {
        vae_group_norm(
            pixels: Int64(pixels), channels: Int32(channels), groups: Int32(groups), epsilon: epsilon, scale: scale,
            shift: shift, function: function?.rawValue ?? -1, p: parameter)
    }
}

extension Kernels {
    /// What the other two passes need to know of the image: `statisticsCount` floats.
    package func groupStatistics(
        into statistics: Floats, of x: UnsafePointer<Float>, _ norm: GroupNormalization, scratch: Floats
    ) {
        statistics.withMemoryRebound(to: vae_group.self, capacity: norm.groups) {
            table.pointee.group_statistics($0, x, norm.raw, scratch)
        }
    }

    /// - Parameter y: May be `x`.
    package func groupNorm(
        into y: Floats, from x: UnsafePointer<Float>, statistics: Floats, _ norm: GroupNormalization, scratch: Floats
    ) {
        statistics.withMemoryRebound(to: vae_group.self, capacity: norm.groups) {
            table.pointee.group_norm(y, x, $0, norm.raw, scratch)
        }
    }

    /// Gradients of the image, written or added, and of scale and shift.
    /// - Parameters:
    ///   - dx: Nil where nobody needs it. May be `d`.
    ///   - d: The gradient of y; overwritten where there is a function.
    ///   - addingParameters: Adds to `dscale` and `dshift`, as all images of a batch but the first do.
    package func groupNormBackward(
        into dx: Floats?, from d: Floats, input x: UnsafePointer<Float>, statistics: Floats,
        _ norm: GroupNormalization, scaleGradient dscale: Floats, shiftGradient dshift: Floats,
        addingParameters: Bool, adding: Bool, scratch: Floats
    ) {
        statistics.withMemoryRebound(to: vae_group.self, capacity: norm.groups) {
            table.pointee.group_norm_backward(
                dx, d, x, $0, norm.raw, dscale, dshift, addingParameters ? 1 : 0, adding ? 1 : 0, scratch)
        }
    }
}
