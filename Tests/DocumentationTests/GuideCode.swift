import MNISTData
import VAE

// The code of the guide, article by article, so that the compiler reads it; `GuideTests` finds every paragraph of it
// here, word for word. What a snippet takes from the text before it is a parameter.

enum GuideCode {
    static func landingPage() async throws {
        let train = try ImageDataset.embeddedMNIST(.train)
        let test = try ImageDataset.embeddedMNIST(.test)

        let trained = try await Trainer(.tutorial).fit(train, validation: test)
        let model = trained.model

        let codes = model.encode(test.images(0..<9))
        let again = model.decode(codes.mean)
        let novel = model.sample(9, seed: 1)
        _ = (again, novel)
    }

    static func theData() throws -> (figure: SampleFigure, validation: ImageDataset) {
        let train = try ImageDataset.embeddedMNIST(.train)
        let test = try ImageDataset.embeddedMNIST(.test)
        print(train.count, test.count)  // 60000 10000

        let batch = train.images(0..<64)
        print(batch.shape)  // [64, 28, 28, 1]

        let positions = [7, 21_005, 30_118, 44_310, 59_999]
        let labels = positions.map { "\(train.labels?[$0] ?? 0)" }
        let figure = SampleFigure(images: train.images(at: positions), labels: labels)
        let picture = try figure.png()

        let (training, validation) = try train.split(validationFraction: 0.1, seed: 0)
        _ = (picture, training)
        return (figure, validation)
    }

    static func yourOwnImages(bytes: [UInt8]) throws -> (ImageDataset, ImageDataset) {
        let fashion = try ImageDataset.idx(folder: "fashion-mnist", split: .train)
        let own = ImageDataset(
            name: "mine", height: 28, width: 28, channels: 1, pixels: bytes)
        return (fashion, own)
    }

    static func theModel(test: ImageDataset) throws -> (Architecture, VariationalAutoencoder) {
        let architecture = Architecture.tutorial
        print(try architecture.summary())

        let encoder: [Block] = [
            .conv2D(64, kernel: 5, activation: .relu),
            .maxPooling2D(),
            .conv2D(64, kernel: 3, activation: .relu),
            .maxPooling2D(),
            .conv2D(32, kernel: 3, activation: .relu),
            .maxPooling2D(),
            .flatten,
            .dense(16),
        ]

        let decoder: [Block] = [
            .dense(64),
            .reshape([1, 1, 64]),
            .conv2DTranspose(64, kernel: 3, activation: .relu),
            .conv2DTranspose(64, kernel: 3, activation: .relu),
            .upSampling2D(),
            .conv2DTranspose(64, kernel: 3, activation: .relu),
            .upSampling2D(),
            .conv2DTranspose(1, kernel: 5, activation: .relu),
        ]

        let untrained = try VariationalAutoencoder(architecture, seed: 0)
        print(untrained.parameterCount)  // 170229

        let model = untrained
        let gaussian = model.encode(test.images(0..<9))
        let sampled = gaussian.sample(seed: 1)
        let onTheMean = gaussian.mean
        _ = (sampled, onTheMean)
        let own = Architecture(
            name: "tutorial", imageShape: [28, 28, 1], encoder: encoder, latent: 2, decoder: decoder)
        return (own, model)
    }

    static func theLoss(gaussian: DiagonalGaussian) -> (tutorial: Objective, evidence: Objective) {
        let perImage = gaussian.divergence()
        let perDimension = gaussian.meanDivergencePerDimension
        _ = (perImage, perDimension)

        print(Objective.tutorial.meaning(for: .tutorial))
        // σ² = 0.5 with β = 0.5, or the same scaled: σ² = 0.25 with β = 1

        let tutorial = Objective(likelihood: .squaredError, divergence: .mean)
        let evidence = Objective(
            likelihood: .gaussian(variance: 0.25), divergence: .sum)
        return (tutorial, evidence)
    }

    static func training(train: ImageDataset, test: ImageDataset) async throws {
        let configuration = TrainingConfiguration(
            architecture: .tutorial, objective: .tutorial,
            optimizer: AdamSettings(learningRate: 0.001),
            epochs: 20, batchSize: 64, seed: 0)

        let trainer = Trainer(configuration)
        async let result = trainer.fit(train, validation: test)
        for await case .epoch(let epoch) in trainer.progress {
            let validation = epoch.validation?.loss ?? .nan
            print(epoch.epoch, epoch.training.loss, validation)
        }
        let model = try await result.model
        _ = model
    }

    static func aRun() throws {
        let run = try RunFolder(opening: "runs/guide")
        let trained = try run.model()
        let epochs = try run.metrics()
        _ = (trained, epochs)
    }

    static func results(model: VariationalAutoencoder, test: ImageDataset) -> Evaluation {
        let evaluator = Evaluator(model, objective: .tutorial)
        let score = evaluator.evaluate(test, seed: 0)
        print(score.terms.loss, score.terms.klNats, score.activeUnits)

        let images = test.images(400..<409)
        let sampled = model.reconstruct(images, seed: 0)
        let means = model.reconstruct(images)
        _ = (sampled, means)
        return score
    }

    static func theLatentSpace(model: VariationalAutoencoder, test: ImageDataset) -> String {
        let codes = model.encode(test)
        let labels = test.labels ?? []
        let digits = (0...9).map(String.init)
        let panels = [
            LatentScatter.Panel(
                title: "Sampled codes", note: "", codes: codes.sample(seed: 0),
                labels: labels, showsPrior: true),
            LatentScatter.Panel(
                title: "Means", note: "", codes: codes.mean,
                labels: labels, showsPrior: true),
        ]
        let figure = LatentScatter(panels: panels, classes: digits)
            .figure(title: "Latent codes of the test images", caption: "")
        let picture = figure.svg
        return picture
    }

    static func aPlainAutoencoder() -> TrainingConfiguration {
        var configuration = TrainingConfiguration.tutorial
        configuration.architecture = Architecture.tutorial.plainAutoencoder
        configuration.epochs = 5
        return configuration
    }

    static func generation(
        model: VariationalAutoencoder, test: ImageDataset
    ) throws -> (sheet: [UInt8], steps: Tensor) {
        let novel = model.sample(49, seed: 1)
        let sheet = try ContactSheet(columns: 7, scale: 2, gap: 2).png(novel)

        let codes = LatentGrid.codes(side: 30, range: -3...3)
        let images = model.decode(codes)
        let grid = LatentGrid(images: images, side: 30, range: -3...3)
        let figure = try grid.figure(title: "The latent plane", caption: "")
        _ = figure

        let ends = model.encode(test.images(at: [3, 0])).mean
        let way = Interpolation.linear.codes(
            from: ends.rows(0..<1), to: ends.rows(1..<2), steps: 10)
        let steps = model.decode(way)
        return (sheet, steps)
    }

    static func yourOwnModel() throws -> (small: Architecture, wide: Architecture) {
        let small = Architecture(
            name: "small", imageShape: [28, 28, 1],
            encoder: [
                .conv2D(16, kernel: 3, stride: 2, padding: .same, activation: .relu),
                .conv2D(32, kernel: 3, stride: 2, padding: .same, activation: .relu),
                .flatten,
            ],
            latent: 8,
            decoder: [
                .dense(7 * 7 * 32, activation: .relu),
                .reshape([7, 7, 32]),
                .conv2DTranspose(16, kernel: 3, stride: 2, padding: .same, activation: .relu),
                .conv2DTranspose(1, kernel: 3, stride: 2, padding: .same),
            ])

        let model = try small.program()
        print(model.outputShape)  // [28, 28, 1]

        let wide = Architecture.tutorial(latent: 16)
        return (small, wide)
    }

    static func recipes() throws -> TrainingConfiguration? {
        let recipe = try Preset.named("mlp")?.recipe(imageShape: [28, 28, 1])
        let training = recipe?.training
        return training
    }

    static func yourOwnObjective(
        small: Architecture, train: ImageDataset, test: ImageDataset
    ) async throws -> Evaluation {
        let objective = Objective(
            likelihood: .bernoulli, divergence: .sum, beta: 1, warmUp: 0.2)
        let configuration = TrainingConfiguration(
            architecture: small, objective: objective, epochs: 10, seed: 1)
        let result = try await Trainer(configuration).fit(train, validation: test)

        let evaluator = Evaluator(result.model, objective: objective)
        let score = evaluator.evaluate(test, seed: 0)
        if let bound = score.evidenceLowerBound {
            print("ELBO: \(bound) nats an image")
        }
        print(score.divergencePerDimension, score.activeUnits)
        return score
    }

    static func yourOwnFile(result: TrainingResult, test: ImageDataset) throws {
        try result.model.save(to: "small.safetensors")
        let kept = try VariationalAutoencoder(contentsOf: "small.safetensors")
        print(kept.encode(test.images(at: [0])).mean)
    }

    static func repeatableResults(
        configuration: TrainingConfiguration, train: ImageDataset
    ) async throws -> (Tensor?, Tensor?) {
        let one = try await Trainer(configuration, threads: 1).fit(train)
        let two = try await Trainer(configuration, threads: 2).fit(train)
        let name = "mean/dense/kernel"
        print(one.model.parameter(name) == two.model.parameter(name))  // true
        return (one.model.parameter("mean/dense/kernel"), two.model.parameter("mean/dense/kernel"))
    }

    static func theNumericCore() throws {
        let isa = try InstructionSet.selected()
        print("this process uses \(isa.rawValue)")
    }
}
