import Graphs
import Models
import Tensors

/// A training that is asked for one step at a time, by a page or by the program beside it.
///
/// Images are taken in their order, batch by batch, and from the first again behind the last.
final class Session {
    let architecture: Architecture
    /// [images, …image shape], one byte a pixel; the owner may write others.
    let pixels: UnsafeMutablePointer<UInt8>
    let images: Int
    private let batch: Int
    private let random: RandomSource
    private let engine: ModelEngine
    private let adam: Adam
    private var steps = 0

    /// A model at its initial weights, and made-up images.
    init(_ model: SessionModel, seed: UInt64, batch: Int, images: Int) throws(GraphError) {
        architecture = model.architecture
        (self.batch, self.images) = (batch, images)
        let objective = Objective(likelihood: model.likelihood, divergence: .mean)
        let parameters = ParameterStore(try architecture.program(objective).graph.parameterLayout)
        random = RandomSource(seed: seed)
        parameters.initialize(random)
        engine = try ModelEngine(architecture, objective, parameters: parameters, trainingBatch: batch, threads: 1)
        adam = Adam(parameters.layout)
        let size = architecture.imageShape.count
        pixels = .allocate(capacity: images * size)
        for image in 0..<images {
            // Stripes whose width differs from image to image.
            for i in 0..<size { pixels[image * size + i] = UInt8(truncatingIfNeeded: i * (image % 7 + 1) * 37 / 11) }
        }
    }

    deinit {
        pixels.deallocate()
    }

    /// One step of Adam at its defaults, and the loss before it.
    func step() -> LossTerms {
        let indices = (0..<batch).map { (steps * batch + $0) % images }
        let terms = indices.withUnsafeBufferPointer { indices in
            engine.gradient(
                ImageBatch(pixels: pixels, indices: indices),
                noise: .drawn(random, .trainingNoise, epoch: steps * batch / images, sample: 0))
        }
        steps += 1
        engine.update(adam, step: steps, settings: AdamSettings())
        return terms
    }

    /// The image of one code.
    func decode(_ code: UnsafePointer<Float>, into image: Floats) { engine.decode(code, count: 1, images: image) }

    /// All weights, in the layout's order.
    var parameters: UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: engine.parameters.pointer, count: engine.parameters.layout.count)
    }

    /// FNV-1a of the weights' bits, a word at a time.
    var parametersHash: UInt64 {
        parameters.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3 }
    }
}
