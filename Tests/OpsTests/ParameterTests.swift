import Graphs
import Ops
import Models
import Tensors
import TestSupport
import Testing

/// Initial weights, and Adam's steps on them.
struct ParameterTests {
    @Test func `kernels start within Glorot's bounds and biases at zero`() throws {
        let store = ParameterStore(
            try Architecture.tutorial.program(Objective(likelihood: .squaredError)).graph.parameterLayout)
        store.initialize(RandomSource(seed: 3))
        for parameter in store.layout.parameters {
            let values = store.tensor(parameter).values
            guard parameter.name.hasSuffix("/kernel") else {
                #expect(values.allSatisfy { $0 == 0 })
                continue
            }
            // Fans as Keras counts them: the window times the last two axes.
            let sizes = parameter.shape.dimensions
            let fans = sizes.dropLast(2).reduce(1, *) * (sizes[sizes.count - 1] + sizes[sizes.count - 2])
            let limit = (6 / Double(fans)).squareRoot()
            let largest = values.map { Double(abs($0)) }.max()!
            #expect(largest <= limit * (1 + 1e-7), "\(parameter.name)")
            let count = Double(values.count)
            #expect(largest > limit * (1 - 10 / count), "\(parameter.name): the bound is hardly approached")
            let mean = values.reduce(0) { $0 + Double($1) } / count
            let variance = values.reduce(0) { $0 + Double($1) * Double($1) } / count
            // Four standard errors of a uniform distribution's mean, and of its variance.
            #expect(abs(mean) <= 4 * limit / (3 * count).squareRoot(), "\(parameter.name)")
            #expect(abs(variance / (limit * limit / 3) - 1) <= 4 * (0.8 / count).squareRoot(), "\(parameter.name)")
        }
    }

    @Test func `a seed names the weights`() throws {
        let layout = try Architecture.tutorial.program(Objective(likelihood: .squaredError)).graph.parameterLayout
        func weights(_ seed: UInt64) -> [Float] {
            let store = ParameterStore(layout)
            store.initialize(RandomSource(seed: seed))
            return store.values
        }
        #expect(weights(1) == weights(1))
        #expect(weights(1) != weights(2))
        // The upper half of the seed counts.
        #expect(weights(1) != weights(1 + 1 << 32))
    }

    @Test func `a copy is apart from its original`() throws {
        let store = ParameterStore(
            try Architecture.tutorial.program(Objective(likelihood: .squaredError)).graph.parameterLayout)
        store.initialize(RandomSource(seed: 3))
        let copy = store.copy()
        #expect(copy.values == store.values)
        copy.pointer[5] += 1
        #expect(copy.values != store.values)
    }

    /// Against Keras's formula in float64, where ε is a large part of √v and where it is lost beside it.
    ///
    /// Keras itself, and ours, are 6.4e-6 short of it: they round β₁ and β₂ before they take powers.
    @Test(arguments: [1, 3])
    func `Adam moves as its formula says`(threads: Int) {
        let golden = Golden.adam
        let initial = golden["initial"].values
        var layout = ParameterLayout()
        let parameter = layout.declare("vector", [initial.count], .zeros)
        let (store, adam, pool) = (ParameterStore(layout), Adam(layout), ThreadPool(threads: threads))
        store.set(parameter, initial)
        for step in 0..<5 {
            adam.update(
                store, gradients: golden["gradient"].rows(step..<step + 1).values, step: step + 1,
                settings: AdamSettings(), on: pool)
            let expected = golden["parameters64"].rows(step..<step + 1).values
            let moved = zip(store.values, initial).map { $0 - $1 }
            #expect(relativeError(moved, zip(expected, initial).map { $0 - $1 }) <= 1e-5, "step \(step + 1)")
            for (ours, theirs) in zip(store.values, expected) { #expect(abs(ours - theirs) <= 5e-8) }
        }
        #expect(relativeError(adam.m.values, golden["first_moment"].values) <= 1e-6)
        #expect(relativeError(adam.v.values, golden["second_moment"].values) <= 1e-6)
    }

    /// More parameters than one piece of work takes: the seams between pieces are where a step would miss some.
    @Test func `Adam reaches every parameter`() {
        let count = 3 * 16384 + 5
        var layout = ParameterLayout()
        _ = layout.declare("vector", [count], .zeros)
        let (store, adam, pool) = (ParameterStore(layout), Adam(layout), ThreadPool(threads: 3))
        adam.update(store, gradients: [Float](repeating: 2, count: count), step: 1, settings: AdamSettings(), on: pool)
        #expect(store.values.allSatisfy { $0 == store.values[0] && abs($0 + 0.001) < 1e-8 })
    }

    @Test func `the correction of the rate is Keras's`() {
        let settings = AdamSettings()
        var (power1, power2) = (1.0, 1.0)
        for step in 1...2000 {
            power1 *= Double(Float(0.9))
            power2 *= Double(Float(0.999))
            let expected = 0.001 * (1 - power2).squareRoot() / (1 - power1)
            #expect(abs(Double(settings.correctedRate(step: step)) / expected - 1) < 1e-7)
        }
    }
}
