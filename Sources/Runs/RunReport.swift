import Datasets
import Evaluation
import Figures
import Formats
import Models
import Tensors
import Training

/// Makes a run's figures and the page that holds them.
package struct RunReport {
    private let figures: RunFigures
    private let score: (sampled: Evaluation, mean: Evaluation)
    private let threads: Int

    /// The run's model.
    package var model: VariationalAutoencoder { figures.model }
    private var run: RunFolder { figures.run }
    private var configuration: TrainingConfiguration { run.configuration.training }
    private var isVariational: Bool { configuration.architecture.isVariational }

    /// Measures the run's last weights and encodes the images that it is judged by.
    /// - Parameters:
    ///   - training: The run's training images.
    ///   - judged: All test images, or the validation images in their place.
    ///   - comparison: A plain autoencoder's run, for the scatter beside the run's own.
    /// - Throws: `FileError`, `FormatError` or `RunError`.
    package init(
        _ run: RunFolder, training: ImageDataset, judged: RunImages, comparison: RunFolder? = nil, threads: Int
    ) throws {
        self.threads = threads
        try run.requireShape(of: training)
        try run.requireShape(of: judged.images)
        let model = try run.model(threads: threads)
        figures = try RunFigures(
            run, model: model, training: training, judged: judged,
            comparison: try comparison.map { try .init($0, judged.images, threads: threads) })
        let evaluator = Evaluator(model, objective: run.configuration.training.objective)
        let seed = run.configuration.training.seed
        score = (
            evaluator.evaluate(judged.images, codes: figures.codes, seed: seed),
            evaluator.evaluate(judged.images, codes: figures.codes, seed: nil)
        )
    }

    /// Writes `figures/` and `report.html`.
    ///
    /// A report that shows other figures goes first: a kill in between leaves none, never one that does not fit.
    /// - Throws: `FileError`.
    package func write() throws {
        try FileTree.makeFolder(run.figuresPath)
        var files: [(name: String, bytes: [UInt8])] = []
        var sections: [HTMLReport.Section] = []
        func file(_ figure: Figure, _ name: RunPart.Picture, png: [UInt8]? = nil) -> HTMLReport.Block {
            files.append(("\(name.rawValue).svg", Array(figure.svg.utf8)))
            if let png { files.append(("\(name.rawValue).png", png)) }
            return .figure(figure)
        }
        sections.append(.init("What the loss means", meaning))
        sections.append(
            .init(
                "Losses", [file(figures.lossesFigure(), .losses), .losses(figures.epochs.map(EpochLosses.init))]))
        sections.append(
            .init("Data", [try file(figures.samplesFigure(), .samples, png: figures.samples.png()), .settings(data)]))
        let reconstructions = figures.reconstructions
        sections.append(
            .init(
                "Reconstructions",
                [try file(figures.reconstructionsFigure(), .reconstructions, png: reconstructions.png())]))
        if let scatter = figures.scatterFigure() {
            let blocks =
                [file(scatter, .scatter)]
                + (figures.comparisonFigure().map { [file($0, .comparison)] } ?? [])
            sections.append(.init("Latent space", blocks))
        }
        if let grid = figures.grid, let plane = figures.plane {
            sections.append(
                .init("Generation", [try file(figures.gridFigure(grid, plane), .grid, png: grid.png(scale: gridScale))])
            )
        }
        sections.append(.init("Settings", [.settings(settings)]))
        let report = HTMLReport(
            title: run.name, subtitle: subtitle, warnings: warnings, keyNumbers: keyNumbers, sections: sections,
            footer: footer)
        let page = Array(report.html.utf8)
        try RunPart.requireWritable(in: run.path, folders: [RunPart.figures])
        if try run.reportBytes() != page { try FileTree.remove(run.reportPath) }
        for (name, bytes) in files { try AtomicFile.write(bytes, to: "\(run.figuresPath)/\(name)") }
        try AtomicFile.write(page, to: run.reportPath)
    }

    /// Twice as large where that is no huge picture.
    private var gridScale: Int {
        let shape = configuration.architecture.imageShape
        return RunFigures.gridSide(of: shape) * max(shape[0], shape[1]) > 1000 ? 1 : 2
    }

    // MARK: The page's words

    private var subtitle: String {
        let kind = isVariational ? "variational autoencoder" : "plain autoencoder"
        return "A \(kind) of \(grouped(figures.model.parameterCount)) parameters, "
            + "\(RunFigures.epochWords(figures.epochs.last?.epoch ?? 0)) on "
            + "\(imageCount(run.configuration.trainingImages.images)) of \(run.configuration.data.sourceName)"
    }

    private var warnings: [String] {
        (figures.epochs.last?.collapse.map { ["Collapsed: \($0.explanation)"] } ?? [])
            + (figures.training.pixelRange?.remark.map { ["Training images: \($0)."] } ?? [])
    }

    private var keyNumbers: [HTMLReport.KeyNumber] {
        func number(_ value: Double) -> String { NumberText.fixed(value, places: 2) }
        var numbers: [HTMLReport.KeyNumber] = []
        if let last = figures.epochs.last {
            numbers.append(.init(name: "loss", value: number(last.training.loss), note: "last epoch, training"))
            if let validation = last.validation {
                numbers.append(
                    .init(
                        name: "val_loss", value: number(validation.loss),
                        note: isVariational ? "after the last epoch, z sampled" : "after the last epoch"))
            }
        }
        numbers.append(
            .init(
                name: "reconstruction", value: number(score.mean.terms.reconstruction),
                note: "\(figures.setName) images, z = mean"))
        for term in terms where term.valueName != nil {
            let unit = term.isNats ? "nats a \(figures.setName) image" : "\(figures.setName) images, unweighted"
            numbers.append(
                .init(name: term.name == "kl" ? "KL" : term.name, value: number(term.value), note: unit))
        }
        if isVariational {
            numbers.append(
                .init(
                    name: "active units", value: "\(score.mean.activeUnits) of \(configuration.architecture.latent)",
                    note: "variance of the mean > 0.01"))
        }
        if let bound = score.sampled.evidenceLowerBound {
            numbers.append(
                .init(name: "ELBO", value: number(bound), note: "nats a \(figures.setName) image, z sampled once"))
        }
        return numbers
    }

    private var terms: [LossTerms.Term] { score.mean.terms.terms }

    private var meaning: [HTMLReport.Block] {
        var blocks: [HTMLReport.Block] = [
            .formula("loss = " + terms.map(\.lossName).joined(separator: " + ")),
            .paragraph(configuration.objective.sentences(for: configuration.architecture)),
        ]
        let remark = configuration.objective.words(configuration.architecture).remark
        if !remark.isEmpty { blocks.append(.paragraph(remark)) }
        return blocks
    }

    private var data: [HTMLReport.Setting] {
        let (record, selection) = (run.configuration, run.configuration.data)
        let classes = classWords.map { [HTMLReport.Setting("classes", $0)] } ?? []
        return [.init("source", selection.sourceName), .init("images", imageWords)] + classes + [
            .init("training images", grouped(record.trainingImages.images) + selection.trainingRemark),
            .init("validation", "\(selection.validationName), \(imageCount(record.validationImages.images))"),
            .init("training SHA-256", record.trainingImages.sha256),
            .init("validation SHA-256", record.validationImages.sha256),
        ]
    }

    private var imageWords: String {
        let shape = configuration.architecture.imageShape
        let colour = [1: "grey", 3: "RGB", 4: "RGBA"][shape[2]] ?? "\(shape[2]) channels"
        return "\(shape[0]) × \(shape[1]), \(colour)"
    }

    /// Nil without labels.
    private var classWords: String? {
        let classes = figures.classes
        guard !classes.isEmpty else { return nil }
        let names = classes.prefix(10).joined(separator: ", ")
        return "\(grouped(classes.count)): \(names)" + (classes.count > 10 ? " and \(classes.count - 10) more" : "")
    }

    private var settings: [HTMLReport.Setting] {
        let objective = configuration.objective
        var settings: [HTMLReport.Setting] = [
            .init("architecture", configuration.architecture.name),
            .init("latent dimensions", "\(configuration.architecture.latent)"),
            .init("likelihood", objective.likelihood.name),
        ]
        if objective.words(configuration.architecture).added != nil {
            settings.append(.init("objective", objective.name))
            settings += objective.settings.map { .init($0.name, $0.value.shown) }
        }
        return settings + [
            .init("epochs", "\(configuration.epochs)"), .init("batch size", "\(configuration.batchSize)"),
            .init("learning rate", "\(configuration.optimizer.learningRate)"), .init("seed", "\(configuration.seed)"),
            .init("precision", configuration.precision.rawValue),
        ]
    }

    private var footer: [String] {
        let isa = (try? InstructionSet.selected()).map { ", \($0.rawValue)" } ?? ""
        return [
            "vae \(run.configuration.programVersion), seed \(configuration.seed). The page was made with "
                + "\(threads) thread\(threads == 1 ? "" : "s")\(isa); results do not depend on the number of threads."
        ]
    }
}
