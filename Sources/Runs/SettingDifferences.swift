import Datasets
import Formats
import Models
import Training

extension TrainingConfiguration {
    /// Every setting by its name, as a person would list them.
    package var settings: [(name: String, value: String)] {
        var settings = [
            ("latent", "\(architecture.latent)"),
            ("plain_autoencoder", "\(!architecture.isVariational)"),
            ("likelihood", objective.likelihood.name),
            ("objective", objective.name),
            ("learning_rate", "\(optimizer.learningRate)"),
            ("adam_beta_1", "\(optimizer.beta1)"),
            ("adam_beta_2", "\(optimizer.beta2)"),
            ("adam_epsilon", "\(optimizer.epsilon)"),
            ("epochs", "\(epochs)"),
            ("batch_size", "\(batchSize)"),
            ("seed", "\(seed)"),
            ("precision", precision.rawValue),
        ]
        settings += (objective.settings + objective.likelihood.kind.op.settings).map { ($0.name, $0.value.shown) }
        return settings
    }

    /// The settings that are not the same, `self` being the run's.
    ///
    /// Empty for configurations that are equal but for the model's name.
    package func differences(from now: TrainingConfiguration) -> [SettingDifference] {
        let (ours, others) = (settings, now.settings)
        func value(_ name: String, in list: [(name: String, value: String)]) -> String {
            list.first { $0.name == name }?.value ?? "none"
        }
        let names = ours.map(\.name) + others.map(\.name).filter { name in !ours.contains { $0.name == name } }
        var differences = names.map {
            SettingDifference(setting: $0, run: value($0, in: ours), now: value($0, in: others))
        }.filter { $0.run != $0.now }
        // Latent and likelihood change the layers too, and are listed already.
        let explained = differences.contains { ["latent", "plain_autoencoder", "likelihood"].contains($0.setting) }
        // The same layers under another name are the same model.
        var renamed = now.architecture
        renamed.name = architecture.name
        if architecture != renamed, !explained {
            let name = now.architecture.name
            differences.append(
                SettingDifference(
                    setting: "architecture", run: architecture.name,
                    now: name == architecture.name ? "\(name), changed" : name))
        }
        return differences
    }
}

extension DataSelection {
    /// The settings that are not the same, `self` being the run's; the folder may be another, if it holds the same.
    package func differences(from now: DataSelection) -> [SettingDifference] {
        func words(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "none" }
        return [
            SettingDifference(setting: "how images are read", run: Self.words(reading), now: Self.words(now.reading)),
            SettingDifference(setting: "limit", run: words(limit), now: words(now.limit)),
            SettingDifference(
                setting: "validation_split", run: words(validationFraction), now: words(now.validationFraction)),
            SettingDifference(
                setting: "training_set", run: trainingSet.rawValue, now: now.trainingSet.rawValue),
        ].filter { $0.run != $0.now }
    }

    /// As `config.json` has it.
    private static func words(_ reading: ImageReading) -> String {
        (try? JSONCoding.encode(reading)).map { String(decoding: $0, as: UTF8.self) } ?? "?"
    }
}

extension RunFolder {
    /// Refuses images other than those that the run was begun with.
    /// - Throws: `RunError.imagesDiffer`.
    package func requireSame(training: DataRecord, validation: DataRecord) throws(RunError) {
        let differences = [
            SettingDifference(
                setting: "training images", run: configuration.trainingImages.words, now: training.words),
            SettingDifference(
                setting: "validation images", run: configuration.validationImages.words, now: validation.words),
        ].filter { $0.run != $0.now }
        if !differences.isEmpty { throw .imagesDiffer(path: path, differences) }
    }
}

extension DataRecord {
    /// For people.
    var words: String { "\(images) with the SHA-256 \(sha256)" }
}
