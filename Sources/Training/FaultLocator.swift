import Datasets
import Graphs
import Models
import Tensors

/// Finds where a step's numbers stopped being finite, and with which images; takes its time, since the training stands.
struct FaultLocator {
    let configuration: TrainingConfiguration
    /// The training's own; its gradient is overwritten.
    let engine: ModelEngine
    let gradientGuard: GradientGuard
    let batch: ImageBatch
    let noise: Noise
    let warmUpFactor: Double

    typealias Place = (quantity: NumericFault.Quantity, layer: String, images: [Int])

    /// The first layer in forward order whose output or gradient is not finite.
    func locate() throws -> Place {
        // Every layer's own output first; the training's engine computes some in one with their neighbours.
        let plain = try ModelEngine(
            configuration.architecture, configuration.objective, parameters: engine.parameters, trainingBatch: nil,
            threads: 1, fuses: false)
        for engine in [plain, engine] {
            if let place = output(of: engine) { return place }
        }
        let scored = images(where: { !engine.evaluate($0, noise: noise, warmUp: warmUpFactor).loss.isFinite })
        guard scored.isEmpty, engine.evaluate(batch, noise: noise, warmUp: warmUpFactor).loss.isFinite else {
            return (.loss, "loss", scored.isEmpty ? Array(batch.indices) : scored)
        }
        return gradient()
    }

    private func output(of engine: ModelEngine) -> Place? {
        let names = engine.model.names
        var first = names.count
        var images: [Int] = []
        for start in stride(from: 0, to: batch.indices.count, by: engine.engine.microBatch) {
            let part = batch.part(start..<min(start + engine.engine.microBatch, batch.indices.count))
            let outputs = engine.activations(part, noise: noise)
            for (position, name) in names.enumerated().prefix(first + 1) {
                guard let output = outputs[name] else { continue }
                let bad = part.indices.indices.filter { image in
                    !output.rows(image..<image + 1).values.allSatisfy(\.isFinite)
                }
                if bad.isEmpty { continue }
                if position < first { images = [] }
                first = position
                images += bad.map { part.indices[$0] }
                break
            }
        }
        return first < names.count ? (.output, names[first], images) : nil
    }

    private func gradient() -> Place {
        _ = engine.gradient(batch, noise: noise, warmUp: warmUpFactor)
        let name = gradientGuard.firstBad(engine.gradient)?.name ?? "model"
        let bad = images(where: { image in
            _ = engine.gradient(image, noise: noise, warmUp: warmUpFactor)
            return !gradientGuard.isGood(engine.gradient)
        })
        return (.gradient, layer(of: name), bad.isEmpty ? Array(batch.indices) : bad)
    }

    /// The images that do something alone.
    private func images(where isBad: (ImageBatch) -> Bool) -> [Int] {
        batch.indices.indices.filter { isBad(batch.part($0..<$0 + 1)) }.map { batch.indices[$0] }
    }
}

/// `encoder/conv2d` for `encoder/conv2d/kernel`.
func layer(of parameter: String) -> String {
    parameter.split(separator: "/").dropLast().joined(separator: "/")
}

/// Tells gradients that Adam can take from those that would spoil its moments or the weights.
final class GradientGuard {
    private let layout: ParameterLayout
    private let zeros = AlignedBuffer(count: GradientGuard.piece)
    /// Few enough that the zeros stay near.
    private static let piece = 4096

    init(_ layout: ParameterLayout) {
        self.layout = layout
    }

    /// False where one is not finite, or where their squares overflow.
    func isGood(_ gradient: UnsafePointer<Float>) -> Bool {
        isGood(gradient, 0..<layout.count)
    }

    func firstBad(_ gradient: UnsafePointer<Float>) -> Parameter? {
        layout.parameters.first { !isGood(gradient, $0.range) }
    }

    private func isGood(_ gradient: UnsafePointer<Float>, _ range: Range<Int>) -> Bool {
        // The sum of squares is finite only where all of them are.
        stride(from: range.lowerBound, to: range.upperBound, by: Self.piece).allSatisfy { start in
            let count = min(Self.piece, range.upperBound - start)
            return Kernels.shared.squaredError(
                gradient: nil, gradient + start, target: zeros.pointer, count: count, scale: 0
            ).isFinite
        }
    }
}
