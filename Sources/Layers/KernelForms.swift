import Tensors

/// A layer's kernel in all the forms that a step wants: rewritten, packed for both directions, and its gradient.
struct KernelForms: Sendable {
    /// Places among the packed weights.
    let gather, scatter: Int
    /// Place in a lane's gradient: the parameter's own, or the rewritten kernel's beside it.
    let gradient: Int
    private let kernel: Parameter
    private let correlation: any Correlation
    private let rewrite: (any KernelRewrite)?
    private let rewritten: Int
    private let gathers, scatters: Bool

    /// - Parameters:
    ///   - rewrite: What a fusion makes of the kernel; nil leaves it to the correlation.
    ///   - gathers: Whether the operation gathers, forward or backward.
    ///   - scatters: Whether it scatters.
    init(
        _ kernel: Parameter, _ correlation: any Correlation, rewrite: (any KernelRewrite)? = nil, gathers: Bool,
        scatters: Bool, builder: PlanBuilder
    ) {
        self.kernel = kernel
        self.correlation = correlation
        self.gathers = gathers
        self.scatters = scatters
        self.rewrite = rewrite ?? correlation.rewrite
        gather = gathers ? builder.allocatePacked(correlation.gatherPackedCount) : 0
        scatter = scatters ? builder.allocatePacked(correlation.scatterPackedCount) : 0
        rewritten = self.rewrite.map { builder.allocatePacked($0.count) } ?? 0
        let larger = builder.options.trains ? self.rewrite : nil
        gradient = larger.map { builder.allocateGradient($0.count, for: kernel) } ?? kernel.offset
    }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats) {
        var weights = parameters + kernel.offset
        if let rewrite {
            rewrite.apply(weights, into: packed + rewritten)
            weights = UnsafePointer(packed + rewritten)
        }
        if gathers { correlation.packForGather(into: packed + gather, kernel: weights) }
        if scatters { correlation.packForScatter(into: packed + scatter, kernel: weights) }
    }

    func finish(gradients: Floats) {
        rewrite?.applyTransposed(gradients + gradient, into: gradients + kernel.offset)
    }
}
