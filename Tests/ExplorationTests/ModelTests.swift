import Datasets
import Evaluation
import Exploration
import Formats
import Models
import Runs
import Tensors
import TestSupport
import Testing
import Training

/// What a loaded model answers is what the library gives.
@Suite struct ModelTests {
    private let runs = SmallRuns()
    private static let latent = 3, pixels = 180

    private static let configurations = [
        SmallRuns.configuration(), SmallRuns.configuration(isVariational: false),
        SmallRuns.configuration(likelihood: .bernoulli),
        SmallRuns.configuration(likelihood: .gaussianLearnedVariance),
    ]

    @Test(arguments: configurations)
    func codesAndImagesAreTheLibrarys(_ configuration: RunConfiguration) async throws {
        let (explored, plain) = try await runs.models(configuration)
        for count in [1, 5, 33, 70] {
            let z = SmallRuns.rows(count, width: Self.latent)
            let images = plain.decode(Tensor([count, Self.latent], z.values))
            #expect(bits(try await explored.decode(z).images.values) == bits(images.values))

            let pixels = SmallRuns.rows(count, width: Self.pixels, 0...1)
            let codes = plain.encode(Tensor([count, 10, 9, 2], pixels.values))
            #expect(try await explored.encode(pixels).codes == codes)
            let mean = try await explored.reconstruct(pixels, seed: nil)
            #expect(mean.z == codes.mean)
            #expect(mean.images == plain.decode(codes.mean))
            let sampled = try await explored.reconstruct(pixels, seed: 7)
            #expect(sampled.images == plain.reconstruct(Tensor([count, 10, 9, 2], pixels.values), seed: 7))
        }
        #expect(try await explored.sample(20, seed: 4).images == plain.sample(20, seed: 4))
    }

    @Test func manyAtOnceGetTheBytesOfOneByOne() async throws {
        let (explored, plain) = try await runs.models()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let count = 1 + number * 7 % 70
                    let z = SmallRuns.rows(count, width: Self.latent, seed: number)
                    let images = plain.decode(Tensor([count, Self.latent], z.values))
                    let decoded = try await explored.decode(z).images
                    #expect(bits(decoded.values) == bits(images.values))
                    let rows = SmallRuns.rows(count, width: Self.pixels, seed: number, 0...1)
                    let codes = try await explored.encode(rows).codes
                    #expect(codes == plain.encode(Tensor([count, 10, 9, 2], rows.values)))
                }
            }
            try await group.waitForAll()
        }
    }

    // MARK: Whole sets

    @Test(arguments: configurations)
    func codesOfASetAverageToItsEvaluation(_ configuration: RunConfiguration) async throws {
        let (explored, plain) = try await runs.models(configuration)
        let codes = try await explored.codes(.test)
        #expect(codes.scores.codes == plain.encode(SmallRuns.test))
        let evaluation = Evaluator(plain, objective: configuration.training.objective)
            .evaluate(SmallRuns.test, seed: nil).terms
        func mean(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } / Double(values.count) }
        #expect(abs(mean(codes.reconstructionLoss) - evaluation.reconstruction) < 1e-4 * abs(evaluation.reconstruction))
        #expect(abs(mean(codes.klLoss) - evaluation.kl) <= 1e-4 * evaluation.kl)

        let answer = CodesAnswer(codes: codes)
        let rows = try #require(answer.floats)[0]
        #expect(rows.count == 12 * (2 * Self.latent + 3))
        #expect(Array(rows[9..<12]) == Array(codes.scores.codes.mean.values[3..<6]))
        #expect(Array(rows[12..<15]) == codes.scores.codes.logVariance.map { Array($0.values[3..<6]) } ?? [0, 0, 0])
        #expect(Array(rows[15..<18]) == [1, codes.reconstructionLoss[1], codes.klLoss[1]])
    }

    @Test func anImagesScoreIsThatOfTheSet() async throws {
        let (explored, _) = try await runs.models()
        let codes = try await explored.codes(.test)
        let all = Rows(values: SmallRuns.test.images(0..<12).values, width: Self.pixels)
        let score = try await explored.score(all)
        #expect(score.reconstructionLoss == codes.reconstructionLoss)
        #expect(score.klLoss == codes.klLoss)
        let order = score.loss.enumerated().sorted { $0.element < $1.element }.map(\.offset)
        for (rank, image) in order.enumerated() {
            #expect(score.percentile[image] == Float(100 * Double(rank) / 12))
        }
        let kl = score.klPerDimension.rows(4..<5).values.reduce(0, +)
        // Averaged over three dimensions, times β = 2.
        #expect(abs(kl * 2 / 3 - score.klLoss[4]) < 1e-4 * score.klLoss[4])
    }

    @Test(arguments: [ImagePart.training, .validation, .test])
    func neighborsAreTheNearest(_ split: ImagePart) async throws {
        let (explored, plain) = try await runs.models()
        let images = split == .training ? SmallRuns.train : SmallRuns.test
        let means = plain.encode(images).mean
        let z = SmallRuns.rows(1, width: Self.latent)
        let distances = (0..<images.count).map { index in
            (0..<Self.latent).reduce(Float(0)) {
                let difference = means[index * Self.latent + $1] - z.values[$1]
                return $0 + difference * difference
            }.squareRoot()
        }
        let expected = distances.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
        for count in [1, 5, 1000] {
            let found = try await explored.neighbors(of: z, count: count, split: split).neighbors
            #expect(found.map(\.index) == Array(expected.prefix(count)))
            #expect(found.map(\.distance) == found.map { distances[$0.index] })
            #expect(found.map(\.label) == found.map { $0.index % 10 })
        }
    }

    // MARK: Ways and lattices

    @Test(arguments: [Interpolation.linear, .spherical])
    func aWayIsTheLibrarys(_ path: Interpolation) async throws {
        let (explored, plain) = try await runs.models()
        let ends = SmallRuns.rows(2, width: Self.latent).values
        let (from, to) = (Array(ends[..<3]), Array(ends[3...]))
        let way = try await explored.interpolate(
            from: Rows(values: from, width: 3), to: Rows(values: to, width: 3), steps: 5, path: path)
        let codes = path.codes(from: Tensor([1, 3], from), to: Tensor([1, 3], to), steps: 5)
        #expect(way.z == codes)
        #expect(way.images == plain.decode(codes))
    }

    @Test func aLatticeLiesInItsPlaneWithTheHighestRowOnTop() async throws {
        let (explored, plain) = try await runs.models()
        let grid = try await explored.grid(side: 3, range: -1...2, x: 2, y: 0)
        #expect(
            grid.z.values == [
                2, 0, -1, 2, 0, 0.5, 2, 0, 2, 0.5, 0, -1, 0.5, 0, 0.5, 0.5, 0, 2, -1, 0, -1, -1, 0, 0.5, -1, 0, 2,
            ])
        #expect(grid.images == plain.decode(grid.z))
    }

    // MARK: Inside

    @Test(arguments: configurations)
    func everyLayerIsShown(_ configuration: RunConfiguration) async throws {
        let (explored, plain) = try await runs.models(configuration)
        let image = Rows(values: SmallRuns.test.images(3..<4).values, width: Self.pixels)
        let inside = try await explored.activations(image: image, epsilon: nil)
        let isVariational = configuration.training.architecture.isVariational
        let heads = isVariational ? ["mean", "log_variance"] : ["mean"]
        #expect(
            inside.layers.map(\.name) == ["conv2d", "max_pooling2d", "conv2d_1", "flatten", "dense"] + heads + [
                "dense", "reshape", "conv2d_transpose", "up_sampling2d", "conv2d_transpose_1", "reshape_1", "dense_1",
                "reshape_2",
            ])
        #expect(
            inside.layers.map(\.part) == Array(repeating: "encoder", count: 5 + heads.count)
                + Array(repeating: "decoder", count: 8))
        let codes = plain.encode(SmallRuns.test.images(3..<4))
        #expect(relativeError(try #require(inside.mean), codes.mean.values) < 1e-5)
        #expect((inside.logVariance == nil) == !isVariational)
        #expect(inside.z == inside.mean)
        #expect(relativeError(inside.image.values, plain.decode(codes.mean).values) < 1e-5)
        let losses = try await explored.score(image)
        #expect(relativeError([Float(try #require(inside.reconstructionLoss))], losses.reconstructionLoss) < 1e-5)
        // A difference of numbers near one.
        #expect(abs(try #require(inside.klLoss) - Double(losses.klLoss[0])) < 1e-5)
        // Flattened is the same values in another shape.
        #expect(inside.layers[3].output.values == inside.layers[2].output.values)
        #expect(inside.layers[0].output.shape == [8, 7, 5])
        #expect(inside.layers[0].output.values.contains { $0 > 0 })

        let fromCode = try await explored.activations(z: Rows(values: inside.z, width: Self.latent))
        #expect(fromCode.layers.map(\.name) == Array(inside.layers.map(\.name).suffix(8)))
        #expect(fromCode.image == inside.image)
        #expect(fromCode.mean == nil)
        #expect(fromCode.klLoss == nil)
    }

    @Test func epsilonMovesTheCode() async throws {
        let (explored, _) = try await runs.models()
        let image = Rows(values: SmallRuns.test.images(3..<4).values, width: Self.pixels)
        let epsilon: [Float] = [1, -2, 0.5]
        let inside = try await explored.activations(image: image, epsilon: Rows(values: epsilon, width: 3))
        let codes = DiagonalGaussian(
            mean: Tensor([1, 3], try #require(inside.mean)),
            logVariance: Tensor([1, 3], try #require(inside.logVariance)))
        let z = (0..<3).map { codes.mean[$0] + codes.standardDeviation[$0] * epsilon[$0] }
        #expect(relativeError(inside.z, z) < 1e-6)
        #expect(inside.epsilon == epsilon)
    }
}
