// Fixed work whose instructions are counted: `step-cost train 2` takes two steps of the tutorial on four images,
// `step-cost encode 2` encodes one image twice, `step-cost decode 2` decodes one code twice.
import Graphs
import Models
import Tensors

guard CommandLine.arguments.count == 3, let times = Int(CommandLine.arguments[2]) else {
    fatalError("usage: step-cost train|encode|decode TIMES")
}
let model = try VariationalAutoencoder(threads: 1)
switch CommandLine.arguments[1] {
case "train":
    let batch = 4
    let pixels = (0..<batch * model.architecture.imageShape.count).map { UInt8(truncatingIfNeeded: $0 &* 37 / 11) }
    let engine = try ModelEngine(
        model.architecture, .tutorial, parameters: model.parameters.copy(), trainingBatch: batch, threads: 1)
    let adam = Adam(model.parameters.layout)
    for step in 1...times {
        pixels.withUnsafeBufferPointer { pixels in
            Array(0..<batch).withUnsafeBufferPointer { indices in
                _ = engine.gradient(
                    ImageBatch(pixels: pixels.baseAddress!, indices: indices),
                    noise: .drawn(RandomSource(seed: 0), .trainingNoise, epoch: 0, sample: 0))
            }
        }
        engine.update(adam, step: step, settings: AdamSettings())
    }
case "encode":
    let image = Tensor([1, 28, 28, 1], (0..<784).map { Float($0 % 37) / 37 })
    for _ in 0..<times { _ = model.encode(image) }
case "decode":
    let code = Tensor([1, model.architecture.latent], [0.5, -1])
    for _ in 0..<times { _ = model.decode(code) }
default:
    fatalError("usage: step-cost train|encode|decode TIMES")
}
