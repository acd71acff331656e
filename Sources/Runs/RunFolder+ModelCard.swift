import Figures
import Interchange
import Models
import Training

extension RunFolder {
    /// How a checkpoint's weights came to be, for the card of an exported model.
    /// - Throws: `FileError` or `FormatError` of the run's metrics.
    package func cardTraining(of checkpoint: Checkpoint, at point: Point) throws -> ModelCard.Training {
        let (training, data) = (configuration.training, configuration.data)
        let (state, epoch) = (checkpoint.state, checkpoint.state.epoch)
        func set(_ name: String, _ record: DataRecord) -> String {
            "\(name): \(imageCount(record.images)), SHA-256 \(record.sha256)"
        }
        var settings = [
            ("recipe", training.architecture.name),
            ("training images", set(data.sourceName + data.trainingRemark, configuration.trainingImages)),
            ("validation images", set(data.validationName, configuration.validationImages)),
            ("objective", "\(training.objective)"),
            ("what is minimised", training.objective.formula(for: training.architecture)),
        ]
        if let imported = configuration.imported {
            settings.insert(
                ("weights before any training here", "\(imported.words), SHA-256 \(imported.sha256)"), at: 1)
        }
        // Of weights that were imported and never trained on, nobody knows how they were trained.
        if configuration.imported == nil || state.step > 0 { settings += trainingSettings(state, point) }
        settings.append(("program", "swift-vae \(configuration.programVersion)"))
        guard let metrics = try metrics().first(where: { $0.epoch == epoch }) else {
            return ModelCard.Training(
                settings: settings, losses: [], lossProtocol: "No losses of a whole epoch are known.")
        }
        let names = metrics.training.named.map(\.name)
        let validation = metrics.validation?.named ?? []
        func shown(_ values: [(name: String, value: Double)], _ name: String) -> String? {
            values.first { $0.name == name }.map { NumberText.fixed($0.value, places: 4) }
        }
        return ModelCard.Training(
            settings: settings,
            losses: names.map { ($0, shown(metrics.training.named, $0), shown(validation, $0)) },
            lossProtocol: lossProtocol(of: metrics))
    }

    private func trainingSettings(_ state: TrainingState, _ point: Point) -> [(String, String)] {
        let training = configuration.training
        let optimizer = training.optimizer
        return [
            (
                "optimizer",
                "Adam, learning rate \(optimizer.learningRate), β₁ \(optimizer.beta1), β₂ \(optimizer.beta2), "
                    + "ε \(optimizer.epsilon)"
            ),
            ("images of a step", "\(training.batchSize)"),
            ("epochs", "\(state.epoch) of \(training.epochs)"),
            ("seed", "\(training.seed)"),
            ("precision", training.precision.rawValue),
            (
                "weights",
                "\(point.rawValue), those after epoch \(state.epoch)"
                    + (state.isBetweenEpochs ? "" : " and \(state.stepInEpoch) steps of the next")
            ),
        ]
    }

    private func lossProtocol(of metrics: EpochMetrics) -> String {
        let noise =
            configuration.training.architecture.isVariational ? ", with one sample of each image's code" : ""
        let warmUp =
            metrics.warmUpFactor < 1
            ? " Terms that warm up counted \(NumberText.brief(metrics.warmUpFactor)) of their weight." : ""
        return
            "Means over images\(noise): of the training images in epoch \(metrics.epoch), while weights moved, and of "
            + "the validation images after it.\(warmUp)"
    }
}
