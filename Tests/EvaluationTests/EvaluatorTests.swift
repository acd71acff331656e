import Datasets
import Evaluation
import Models
import Tensors
import Testing

@Suite struct EvaluatorTests {
    /// Striped images, no two alike.
    private static let images: ImageDataset = {
        var pixels: [UInt8] = []
        for image in 0..<37 {
            for pixel in 0..<784 { pixels.append(UInt8(truncatingIfNeeded: image * 7 + pixel * (1 + image % 5))) }
        }
        return ImageDataset(name: "stripes", height: 28, width: 28, channels: 1, pixels: pixels)
    }()

    private func model(_ architecture: Architecture = .tutorial, _ likelihood: Likelihood = .squaredError) throws
        -> VariationalAutoencoder
    {
        try VariationalAutoencoder(architecture, likelihood: likelihood, seed: 1, threads: 2)
    }

    /// Σ (x − x̂)², averaged over images.
    private func squaredError(_ decoded: Tensor, _ images: Tensor) -> Double {
        zip(decoded.values, images.values).reduce(0) { sum, pair in
            let difference = Double(pair.0) - Double(pair.1)
            return sum + difference * difference
        } / Double(images.batch)
    }

    @Test(arguments: [nil, 5] as [UInt64?])
    func lossIsWhatEncodingAndDecodingGive(_ seed: UInt64?) throws {
        let model = try model()
        let score = Evaluator(model, objective: .tutorial).evaluate(Self.images, seed: seed)
        let all = Self.images.images(0..<37)
        let expected = squaredError(model.reconstruct(all, seed: seed), all)
        #expect(abs(score.terms.reconstruction - expected) < 1e-5 * expected)
        let divergence = model.encode(all).divergence().values.reduce(0.0) { $0 + Double($1) } / 37
        #expect(abs(score.terms.klNats - divergence) < 1e-5)
        #expect(abs(score.terms.kl - divergence / 2) < 1e-5)
        #expect(score.terms.images == 37)
        #expect(score.seed == seed)
        #expect(score.evidenceLowerBound == nil)
    }

    @Test func divergenceOfTheDimensionsAddsUp() throws {
        let score = Evaluator(try model(), objective: .tutorial).evaluate(Self.images, seed: nil)
        #expect(score.divergencePerDimension.count == 2)
        #expect(abs(score.divergencePerDimension.reduce(0, +) - score.terms.klNats) < 1e-5)
    }

    @Test(arguments: [Likelihood.gaussian(variance: 0.5), .gaussianLearnedVariance, .bernoulli])
    func densitiesHaveAnEvidenceLowerBound(_ likelihood: Likelihood) throws {
        let model = try model(.tutorial(output: likelihood == .bernoulli ? nil : .relu), likelihood)
        // β must not count: the bound is unweighted.
        let evaluator = Evaluator(model, objective: Objective(likelihood: likelihood, beta: 7))
        let score = evaluator.evaluate(Self.images, seed: 1)
        let bound = score.evidenceLowerBound ?? .nan
        #expect(abs(bound + score.terms.reconstruction + score.terms.klNats) < 1e-9)
        #expect(evaluator.evaluate(Self.images, seed: nil).evidenceLowerBound == nil)
    }

    @Test func aPlainAutoencoderHasNeitherSampleNorDivergence() throws {
        let model = try model(Architecture.tutorial.plainAutoencoder)
        let score = Evaluator(model, objective: .tutorial).evaluate(Self.images, seed: 3)
        #expect(score.seed == nil)
        #expect(score.terms.kl == 0)
        #expect(score.divergencePerDimension == [0, 0])
    }

    @Test func unitsAreActiveWhereTheirMeanVaries() {
        let codes = DiagonalGaussian(
            mean: Tensor([4, 3], [1, 0, 0.05, -1, 0, -0.05, 1, 0, 0.05, -1, 0, -0.05]), logVariance: Tensor([4, 3]))
        let variances = codes.variancePerDimension
        #expect(variances[0] == 1)
        #expect(variances[1] == 0)
        #expect(abs(variances[2] - 0.0025) < 1e-6)
    }

    @Test func aSetIsEncodedAsItsPartsAre() throws {
        let many = ImageDataset(
            name: "many", height: 28, width: 28, channels: 1,
            pixels: (0..<1003 * 784).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 784) })
        let model = try model()
        let whole = model.encode(many)
        #expect(whole.mean.shape == [1003, 2])
        #expect(whole.mean.rows(998..<1003) == model.encode(many.images(998..<1003)).mean)
        #expect(whole.logVariance?.rows(0..<3) == model.encode(many.images(0..<3)).logVariance)
    }
}

@Suite struct InterpolationTests {
    private let first = Tensor([1, 2], [2, 0])
    private let last = Tensor([1, 2], [0, 2])

    @Test(arguments: [Interpolation.linear, .spherical], [2, 3, 10])
    func beginsAndEndsWithTheCodes(_ way: Interpolation, _ steps: Int) {
        let codes = way.codes(from: first, to: last, steps: steps)
        #expect(codes.shape == [steps, 2])
        #expect(zip(codes.rows(0..<1).values, first.values).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(zip(codes.rows(steps - 1..<steps).values, last.values).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func theStraightLineGoesThroughTheMiddle() {
        #expect(Interpolation.linear.codes(from: first, to: last, steps: 3).rows(1..<2).values == [1, 1])
    }

    @Test func theArcKeepsTheLength() {
        let codes = Interpolation.spherical.codes(from: first, to: last, steps: 7)
        for step in 0..<7 {
            let (x, y) = (codes[2 * step], codes[2 * step + 1])
            #expect(abs((x * x + y * y).squareRoot() - 2) < 1e-5)
        }
    }

    /// 12 % of pairs of normal codes in two dimensions went beyond both ends by half or more.
    @Test(arguments: [1, 2, 8, 64])
    func theArcStaysBetweenTheLengthsOfItsEnds(_ latent: Int) {
        let origin = Tensor([4000, latent])
        let normal = DiagonalGaussian(mean: origin, logVariance: origin).sample(seed: 5)
        func length(_ code: Tensor) -> Float { code.values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        var turned = 0
        for pair in 0..<2000 {
            let (a, b) = (normal.rows(2 * pair..<2 * pair + 1), normal.rows(2 * pair + 1..<2 * pair + 2))
            guard Interpolation.spherical.way(from: a, to: b) == .spherical else { continue }
            turned += 1
            let lengths = [length(a), length(b)].sorted()
            let codes = Interpolation.spherical.codes(from: a, to: b, steps: 17)
            for step in 0..<17 {
                let now = length(codes.rows(step..<step + 1))
                #expect(now >= lengths[0] * 0.9999 - 1e-6 && now <= lengths[1] * 1.0001 + 1e-6, "pair \(pair)")
            }
        }
        // In one dimension only codes of one sign have a direction in common; in two, one pair in sixty is nearly opposite.
        #expect(turned > (latent == 1 ? 900 : 1900))
    }

    @Test func theLengthGoesEvenlyWhileTheDirectionTurns() {
        let codes = Interpolation.spherical.codes(
            from: Tensor([1, 2], [1, 0]), to: Tensor([1, 2], [0, 3]), steps: 3)
        #expect(codes.rows(1..<2).values.allSatisfy { abs(Double($0) - 2.0.squareRoot()) < 1e-6 })
    }

    @Test func codesOfOneDirectionGoOnInIt() {
        let codes = Interpolation.spherical.codes(from: first, to: Tensor([1, 2], [4, 0]), steps: 3)
        #expect(codes.values == [2, 0, 3, 0, 4, 0])
    }

    @Test(arguments: [
        ([2, 0], [0, 2], true), ([2, 0], [-2, 0.1], false), ([2, 0], [-2, 0.11], true), ([0, 0], [0, 2], false),
        ([1e-7, 0], [0, 2], false),
    ])
    func theWayThatIsTakenIsTold(_ a: [Float], _ b: [Float], _ turns: Bool) {
        let (a, b) = (Tensor([1, 2], a), Tensor([1, 2], b))
        #expect(Interpolation.spherical.way(from: a, to: b) == (turns ? .spherical : .linear))
        #expect(Interpolation.linear.way(from: a, to: b) == .linear)
        if !turns {
            #expect(
                Interpolation.spherical.codes(from: a, to: b, steps: 5)
                    == Interpolation.linear.codes(from: a, to: b, steps: 5))
        }
    }

    @Test func codesOnOneLineHaveNoArc() {
        let codes = Interpolation.spherical.codes(from: first, to: Tensor([1, 2], [-2, 0]), steps: 3)
        #expect(codes.values == [2, 0, 0, 0, -2, 0])
        let zero = Interpolation.spherical.codes(from: Tensor([1, 2]), to: last, steps: 3)
        #expect(zero.values == [0, 0, 0, 1, 0, 2])
    }
}
