import Graphs
import Ops
import Tensors
import TestSupport
import Testing

/// Every op, in every case that it names, against its definition in Float64: alone and as plans fuse it, forward and
/// backward, in both precisions, beside stale memory, and with gradients that are added.
struct EveryOpTests {
    struct Way: Sendable, CustomStringConvertible {
        let fuses: Bool
        let precision: Precision
        var description: String { (fuses ? "fused" : "alone") + ", " + precision.rawValue }

        /// Relative to the size of what is computed.
        var bound: Double { precision == .bf16 ? 2e-2 : fuses ? 1e-5 : 2e-6 }
    }

    static let ways = [false, true].flatMap { fuses in
        Precision.allCases.filter { $0 == .f32 || BFloat16Kernels.shared != nil }
            .map { Way(fuses: fuses, precision: $0) }
    }

    /// Each op that recipes name, and those that models are made of beside them.
    static let cases = (Ops.all + Ops.inner).flatMap { $0.cases() }

    @Test func `every op has a case, a name of its own and a sentence`() {
        let ops = Ops.all + Ops.inner
        #expect(Set(ops.map(\.name)).count == ops.count)
        for op in ops {
            #expect(op.isAlias || !op.cases().isEmpty, "\(op.name)")
            #expect(op.summary.hasSuffix("."), "\(op.name)")
        }
    }

    @Test(arguments: cases, ways)
    func `an op is what its definition says`(opCase: OpCase, way: Way) throws {
        let images = 3
        var random = TestValues(seed: opCase.description.utf8.count)
        let run = try self.run(opCase, way, microBatch: images + 2)
        let parameters = run.parameters.layout.parameters
        for parameter in parameters {
            run.parameters.set(parameter, random.uniforms(parameter.shape.count, 0.25...1))
        }
        // Images that are not there any more, a thousand times as large.
        _ = run.forward(opCase.inputs.map { random.uniforms((images + 2) * $0.count, -1000...1000) })
        _ = run.backward(all: random.uniforms((images + 2) * run.outputShape.count, -1000...1000))

        let inputs = opCase.inputs.map { distinct(images * $0.count, &random) }
        let slopes = random.signs(images * run.outputShape.count)
        let output = run.forward(inputs)
        let expected = define(opCase, inputs, run.parameters, images: images)
        #expect(relativeError(output, expected.map { Float($0) }) <= way.bound, "output")

        for times in [1, 2] {
            let gradients = run.backward(all: slopes, adding: times == 2)
            for (place, gradient) in gradients.enumerated() {
                let error = slopeError(
                    gradient, opCase, inputs, run.parameters, images, slopes, .input(place), &random)
                #expect(error <= way.bound, "input \(place), \(times)")
            }
            for parameter in parameters {
                let error = slopeError(
                    run.gradient(parameter).map { $0 / Float(times) }, opCase, inputs, run.parameters, images, slopes,
                    .parameter(parameter), &random)
                #expect(error <= way.bound, "\(parameter.name), \(times)")
            }
        }
    }

    /// Between ops whose backward passes read nothing, its inputs and its output live as long as it says that it reads them.
    @Test(arguments: cases, ways)
    func `an op reads no more backward than it says`(opCase: OpCase, way: Way) throws {
        let images = 2
        var builder = GraphBuilder()
        func dropout(_ value: Graph.Value) throws -> Graph.Value {
            try builder.apply(AnyOp(Dropout(0.5)), [value])
        }
        let inputs = try opCase.inputs.enumerated().map { try builder.input("input\($0)", $1) }
        let output = try dropout(
            try dropout(try builder.apply(opCase.op, try inputs.map { try dropout($0) }, layer: "case")))
        builder.output(output, seeded: true)
        let results = GraphRun.memories.map { shares, spoils in
            let run = GraphRun(
                builder.built, output: output, microBatch: images, fuses: way.fuses, precision: way.precision,
                shares: shares)
            var random = TestValues(seed: 3)
            for parameter in run.parameters.layout.parameters {
                run.parameters.set(parameter, random.uniforms(parameter.shape.count))
            }
            let made = run.forward(opCase.inputs.map { random.uniforms(images * $0.count) }, spoils: spoils)
            return [made] + run.backward(all: random.uniforms(made.count), spoils: spoils)
                + run.parameters.layout.parameters.map { run.gradient($0) }
        }
        #expect(results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
        for other in results.dropFirst() { #expect(other.map(bits) == results[0].map(bits)) }
    }

    /// A value that two ops read gets the sum of both gradients, whichever of them runs first.
    @Test(arguments: cases, [false, true])
    func `gradients of a value with two readers add up`(opCase: OpCase, isFirst: Bool) throws {
        let images = 2
        let way = Way(fuses: false, precision: .f32)
        let alone = try run(opCase, way, microBatch: images)
        var builder = GraphBuilder()
        let values = try opCase.inputs.enumerated().map { try builder.input("input\($0)", $1) }
        func other() throws -> Graph.Value {
            try builder.apply(AnyOp(Reparameterize()), [values[0]], layer: "other")
        }
        let before = isFirst ? nil : try other()
        let output = try builder.apply(opCase.op, values, layer: "case")
        let copy = try before ?? other()
        builder.output(output, seeded: true)
        builder.output(copy)
        let both = GraphRun(builder.built, output: output, microBatch: images, fuses: false)

        var random = TestValues(seed: 11)
        for parameter in alone.parameters.layout.parameters {
            let values = random.uniforms(parameter.shape.count)
            alone.parameters.set(parameter, values)
            both.parameters.set(both.parameters.layout[parameter.name]!, values)
        }
        let inputs = opCase.inputs.map { distinct(images * $0.count, &random) }
        let slopes = random.uniforms(images * alone.outputShape.count)
        _ = alone.forward(inputs)
        _ = both.forward(inputs)
        let expected = alone.backward(all: slopes)
        // The other reader hands back what its own gradient's memory holds.
        let other = both.fill(copy, with: 3)
        let found = both.backward(all: slopes)
        let sum = zip(expected[0], other).map { $0 + $1 }
        #expect(relativeError(found[0], sum) <= 1e-6)
        for (a, b) in zip(found.dropFirst(), expected.dropFirst()) { #expect(relativeError(a, b) <= 1e-6) }
    }

    // MARK: - Parts

    private func run(_ opCase: OpCase, _ way: Way, microBatch: Int) throws -> GraphRun {
        var builder = GraphBuilder()
        let values = try opCase.inputs.enumerated().map { try builder.input("input\($0)", $1) }
        let output = try builder.apply(opCase.op, values, layer: "case")
        builder.output(output, seeded: true)
        return GraphRun(
            builder.built, output: output, microBatch: microBatch, fuses: way.fuses, precision: way.precision)
    }

    /// Values in ±1 that are all a thousandth apart: no maximum changes hands, no kink is near, and bfloat16's rounding
    /// keeps their order mostly.
    private func distinct(_ count: Int, _ random: inout TestValues) -> [Float] {
        var values = (0..<count).map { (Float($0) + 0.3) / Float(count) * 2 - 1 }
        for i in stride(from: count - 1, to: 0, by: -1) { values.swapAt(i, random.integer(0...i)) }
        return values
    }

    private enum Place {
        case input(Int)
        case parameter(Parameter)
    }

    private func define(
        _ opCase: OpCase, _ inputs: [[Float]], _ parameters: ParameterStore, images: Int
    ) -> [Double] {
        let weights = parameters.layout.parameters.map {
            Array64($0.shape, parameters.tensor($0).values.map(Double.init))
        }
        return (0..<images).flatMap { image in
            opCase.op.define(
                zip(opCase.inputs, inputs).map { shape, values in
                    Array64(shape, values[image * shape.count..<(image + 1) * shape.count].map(Double.init))
                }, weights
            ).values
        }
    }

    /// How far a gradient is from the definition's central differences along directions of signs, in which each value
    /// counts; relative to the gradient's size.
    private func slopeError(
        _ gradient: [Float], _ opCase: OpCase, _ inputs: [[Float]], _ parameters: ParameterStore, _ images: Int,
        _ slopes: [Float], _ place: Place, _ random: inout TestValues
    ) -> Double {
        let (step, count) = (1e-5, slopes.count / images)
        let weights = parameters.layout.parameters.map {
            Array64($0.shape, parameters.tensor($0).values.map(Double.init))
        }
        let arrays = (0..<images).map { image in
            zip(opCase.inputs, inputs).map { shape, values in
                Array64(shape, values[image * shape.count..<(image + 1) * shape.count].map(Double.init))
            }
        }
        func loss(_ direction: [Float], _ step: Double) -> Double {
            var (arrays, weights) = (arrays, weights)
            switch place {
            case .input(let number):
                for image in 0..<images {
                    let size = opCase.inputs[number].count
                    for i in 0..<size {
                        arrays[image][number].values[i] += step * Double(direction[image * size + i])
                    }
                }
            case .parameter(let parameter):
                let number = parameters.layout.parameters.firstIndex(of: parameter)!
                for i in direction.indices { weights[number].values[i] += step * Double(direction[i]) }
            }
            return (0..<images).reduce(0) { sum, image in
                zip(opCase.op.define(arrays[image], weights).values, slopes[image * count..<(image + 1) * count])
                    .reduce(sum) { $0 + $1.0 * Double($1.1) }
            }
        }
        let size = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        return (0..<3).map { _ in
            let direction = random.signs(gradient.count)
            let numeric = (loss(direction, step) - loss(direction, -step)) / (2 * step)
            let found = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            return abs(found - numeric) / max(size, 1e-3)
        }.max()!
    }
}
