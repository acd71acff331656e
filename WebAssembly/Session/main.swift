// What a page's session computes, computed by the program: `page-session tutorial|residual BATCH IMAGES STEPS` takes steps on
// one thread and writes a line of JSON: each loss as the bits of a Float64, the hash of the weights afterwards, both in
// hexadecimal, and images a second.
import Tensors

let arguments = CommandLine.arguments.dropFirst()
let models: [String: SessionModel] = ["tutorial": .tutorial, "residual": .residual]
let numbers = arguments.dropFirst().compactMap { Int($0) }
guard let model = models[arguments.first ?? ""], arguments.count == 4, numbers.count == 3 else {
    fatalError("usage: page-session tutorial|residual BATCH IMAGES STEPS")
}
let session = try Session(model, seed: 1, batch: numbers[0], images: numbers[1])
let watch = Stopwatch()
let losses = (0..<numbers[2]).map { _ in "\"\(String(session.step().loss.bitPattern, radix: 16))\"" }
let speed = Double(numbers[0] * numbers[2]) / watch.seconds
print(
    "{\"losses\": [\(losses.joined(separator: ", "))],",
    "\"parameters\": \"\(String(session.parametersHash, radix: 16))\", \"images_per_second\": \(speed)}")
