import Datasets
import Evaluation
import Formats
import Models
import Pictures
import Runs
import Tensors

extension ExploredModel {
    /// The most images of a sample, steps of a way and images along a lattice's side.
    package static let mostSamples = 1024, mostSteps = 256, mostSide = 64
    /// The most neighbours.
    package static let mostNeighbors = 1024

    /// Images as the model takes them: pictures of any size as the run's own were made.
    package func prepare(_ images: Rows) throws -> DecodeAnswer {
        let rows = try images.images("images", of: imageShape)
        return DecodeAnswer(images: Tensor(Shape([rows.count] + imageShape.dimensions), rows.values))
    }

    /// How a picture file becomes an image of the model's.
    ///
    /// As the run's pictures did. MNIST came from no pictures: there transparent pixels are paper, which is white.
    var pictureSettings: PictureSettings {
        let data = run.configuration.data
        var settings = data.reading.pictures
        settings.size = .init(height: imageShape[0], width: imageShape[1])
        if data.path == nil { settings.alpha = .white }
        if settings.alpha == .keep { settings.alpha = .drop }
        switch imageShape[2] {
        case 1: settings.colour = .grey
        case 3: settings.colour = .rgb
        default: (settings.colour, settings.alpha) = (.stored, .keep)
        }
        return settings
    }

    /// Images as they come back.
    /// - Parameter seed: Samples z with this seed; nil takes z = mean.
    package func reconstruct(_ images: Rows, seed: UInt64?) async throws -> ReconstructAnswer {
        let codes = try await encode(images).codes
        let z = seed.map { codes.sample(seed: $0) } ?? codes.mean
        return ReconstructAnswer(images: try await self.images(of: z.values), z: z, codes: codes)
    }

    /// New images from z ~ N(0, I).
    package func sample(_ count: Int, seed: UInt64) async throws -> CodesAndImagesAnswer {
        try Self.require(count, "count", 1...Self.mostSamples)
        let origin = Tensor([count, latent])
        return try await answer(DiagonalGaussian(mean: origin, logVariance: origin).sample(seed: seed))
    }

    /// The way from one code to another, and which one it was.
    package func interpolate(
        from: Rows, to: Rows, steps: Int, path: Interpolation
    ) async throws -> CodesAndImagesAnswer {
        try Self.require(steps, "steps", 2...Self.mostSteps)
        func code(_ rows: Rows, _ name: String) throws -> Tensor {
            Tensor([1, latent], try rows.codes(name, latent: latent).values)
        }
        let (from, to) = (try code(from, "from"), try code(to, "to"))
        var answer = try await answer(path.codes(from: from, to: to, steps: steps), columns: steps)
        answer.way = path.way(from: from, to: to)
        return answer
    }

    /// The images of a lattice in a plane of the latent space, the top row that of the highest y.
    package func grid(side: Int, range: ClosedRange<Double>, x: Int, y: Int) async throws -> CodesAndImagesAnswer {
        try Self.require(side, "side", 2...Self.mostSide)
        guard let plane = LatentPlane(x: x, y: y, latent: latent) else {
            throw ExplorationError.invalid(
                "x and y", expected: "two different dimensions below \(latent)", found: "\(x) and \(y)")
        }
        return try await answer(plane.codes(side: side, range: range), columns: side)
    }

    private func answer(_ codes: Tensor, columns: Int? = nil) async throws -> CodesAndImagesAnswer {
        CodesAndImagesAnswer(z: codes, images: try await images(of: codes.values), columns: columns)
    }

    /// What images come to, and how many of the test images come to less.
    package func score(_ images: Rows) async throws -> ScoreAnswer {
        let images = try images.images("images", of: imageShape)
        let test = try await codes(.test)
        var parts: [ImageScores] = []
        for first in stride(from: 0, to: images.count, by: MicroBatcher.batchRows) {
            let last = min(first + MicroBatcher.batchRows, images.count)
            let values = Array(images.values[first * images.width..<last * images.width])
            let batch = Tensor(Shape([last - first] + imageShape.dimensions), values)
            parts.append(try await threads.live.run { [live] in live.score(batch) })
        }
        let scores = SetCodes(ImageScores(joining: parts, latent: latent), labels: nil)
        let losses = zip(scores.reconstructionLoss, scores.klLoss).map(+)
        return ScoreAnswer(
            reconstructionLoss: scores.reconstructionLoss, klLoss: scores.klLoss,
            klPerDimension: scores.scores.codes.divergencePerDimension(),
            percentile: losses.map(test.percentile))
    }

    /// The images of a set whose means lie nearest to a code.
    package func neighbors(of z: Rows, count: Int, split: ImagePart) async throws -> NeighborsAnswer {
        let code = try z.codes("z", latent: latent).values
        try Self.require(count, "count", 1...Self.mostNeighbors)
        let means = try await means(split)
        let images = try await images(split)
        let nearest = try await threads.live.run { Self.nearest(count, to: code, in: means) }
        return NeighborsAnswer(
            neighbors: nearest.map {
                .init(
                    index: $0.index, label: images.labels?[$0.index], name: images.fileNames?[$0.index],
                    distance: $0.square.squareRoot())
            })
    }

    /// The nearest rows, from the nearest on; of equally near ones the first.
    private static func nearest(
        _ count: Int, to code: [Float], in means: Tensor
    ) -> [(index: Int, square: Float)] {
        var nearest: [(index: Int, square: Float)] = []
        nearest.reserveCapacity(count + 1)
        means.values.withUnsafeBufferPointer { means in
            for index in 0..<means.count / code.count {
                var square: Float = 0
                for (dimension, value) in code.enumerated() {
                    let difference = means[index * code.count + dimension] - value
                    square += difference * difference
                }
                if nearest.count == count, square >= nearest[count - 1].square || square.isNaN { continue }
                let place = nearest.firstIndex { $0.square > square } ?? nearest.count
                nearest.insert((index, square), at: place)
                if nearest.count > count { nearest.removeLast() }
            }
        }
        return nearest
    }

    static func require(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws(ExplorationError) {
        guard range.contains(value) else {
            throw .invalid(name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(value)")
        }
    }
}
