import Tensors

/// A plan for as many images at once as suit its graph.
package struct SizedPlan: Sendable {
    package let plan: ExecutionPlan
    /// Images that a pass forward takes through the graph together: an image's values do not depend on those beside it.
    package let forwardBatch: Int

    /// Images of a micro-batch and how many floats its arena may have: many where all of it stays in L2, so that weights
    /// are read less often; up to eight otherwise, which fill the register tiles of layers of one pixel.
    ///
    /// Nets of 64 × 64 pixels were measured with 1, 2, 4 and 8 images: strided and residual ones train 1.4 to 2.3 times as
    /// fast with 8 as with one.
    private static let microBatches = [
        (32, 1 << 20), (16, 1 << 20), (8, 1 << 24), (4, 1 << 24), (2, 1 << 24),
    ]

    /// Floats of an arena that a pass forward leaves in the caches.
    private static let forwardArena = 1 << 22

    /// - Parameter fuses: Off for tests that want every node as it is written.
    package init(_ graph: Graph, trains: Bool, fuses: Bool = true, precision: Precision = .f32, patterns: [Pattern]) {
        // The number of images depends on the graph alone, since it decides a training's order of sums.
        let one = PlanOptions(microBatch: 1, trains: true, fuses: true, precision: .f32)
        let image = Planner.plan(graph, one, patterns: patterns).arenaCount
        let images = SizedPlan.microBatches.first { $0.0 * image <= $0.1 }?.0 ?? 1
        forwardBatch = max(1, min(images, SizedPlan.forwardArena / image))
        // Who never trains needs no room for more than a pass forward takes.
        let options = PlanOptions(
            microBatch: trains ? images : forwardBatch, trains: trains, fuses: fuses, precision: precision)
        plan = Planner.plan(graph, options, patterns: patterns)
    }
}
