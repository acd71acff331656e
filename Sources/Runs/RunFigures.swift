import Datasets
import Evaluation
import Figures
import Formats
import Models
import Tensors
import Training

/// The pictures of a run, from its model and its images.
package struct RunFigures {
    /// A plain autoencoder to set beside the run's model.
    package struct Comparison {
        let codes: DiagonalGaussian
        let epochs: Int

        /// Encodes the same images with another run's model.
        package init(_ run: RunFolder, _ images: ImageDataset, threads: Int) throws {
            try run.requireShape(of: images)
            codes = try run.model(threads: threads).encode(images)
            epochs = try run.metrics().last?.epoch ?? 0
        }
    }

    let run: RunFolder
    let model: VariationalAutoencoder
    let training: ImageDataset
    /// The test set, or the validation images in its place.
    let judged: RunImages
    let epochs: [EpochMetrics]
    let codes: DiagonalGaussian
    let comparison: Comparison?

    package init(
        _ run: RunFolder, model: VariationalAutoencoder, training: ImageDataset, judged: RunImages,
        comparison: Comparison? = nil
    ) throws {
        self.run = run
        self.model = model
        self.training = training
        self.judged = judged
        self.comparison = comparison
        epochs = try run.metrics()
        codes = model.encode(judged.images)
    }

    private var seed: UInt64 { run.configuration.training.seed }
    private var isVariational: Bool { model.architecture.isVariational }
    /// "test" or "validation".
    var setName: String { judged.part.rawValue }

    // MARK: Samples

    /// Five random training images.
    package var samples: SampleFigure {
        let random = RandomSource(seed: seed)
        let positions = (0..<5).map { Int(random.words(.figure, index: $0).x) % training.count }
        return SampleFigure(
            images: training.images(at: positions),
            labels: positions.map { position in
                training.labels.map { training.classNames?[$0[position]] ?? "\($0[position])" } ?? "no label"
            },
            notes: training.fileNames.map { names in positions.map { names[$0] } }, polarity: judged.images.polarity)
    }

    func samplesFigure() throws -> Figure {
        try samples.figure(
            title: "Five training images",
            caption: training.labels == nil ? "Chosen at random." : "Chosen at random, each under its label.")
    }

    // MARK: Reconstructions

    /// Images 400 to 408, the tutorial's choice; the first nine of a smaller set.
    ///
    /// Of pictures in files nine from all over the set: those of one class lie there one behind the other.
    package static func shownPositions(of images: ImageDataset) -> [Int] {
        if images.fileNames != nil { return images.spread(9) }
        return images.count > 408 ? Array(400...408) : Array(0..<min(9, images.count))
    }

    /// Originals, and beside them what the model makes of them.
    /// - Parameters:
    ///   - mean: Whether to decode z = mean.
    ///   - seed: Whether to decode a sampled z, and by which seed; a plain autoencoder has none.
    package static func reconstructions(
        of images: ImageDataset, _ positions: [Int], by model: VariationalAutoencoder, mean: Bool, seed: UInt64?,
        columns: Int = 3
    ) -> ReconstructionFigure {
        let originals = images.images(at: positions)
        let codes = model.encode(originals)
        var sheets = [
            ReconstructionFigure.Sheet(title: "Originals", note: RunFolder.name(of: images.name), images: originals)
        ]
        if let seed, model.architecture.isVariational {
            let decoded = model.decode(codes.sample(seed: seed))
            sheets.append(.init(title: "Reconstructions", note: "z sampled", images: decoded))
        }
        if mean || !model.architecture.isVariational {
            sheets.append(.init(title: "Reconstructions", note: "z = mean", images: model.decode(codes.mean)))
        }
        return ReconstructionFigure(
            sheets: sheets, labels: positions.map { "\($0)" }, columns: columns, polarity: images.polarity)
    }

    var reconstructions: ReconstructionFigure {
        Self.reconstructions(
            of: judged.images, Self.shownPositions(of: judged.images), by: model, mean: true, seed: seed)
    }

    func reconstructionsFigure() throws -> Figure {
        try reconstructions.figure(
            title: "\(setName.capitalized) images and their reconstructions",
            caption: "The numbers are positions in the \(setName) set."
                + (isVariational
                    ? " A sampled code adds the encoder's own uncertainty; the mean leaves it out." : ""))
    }

    // MARK: The latent space

    var plane: LatentPlane? { LatentPlane(of: codes) }

    /// The judged images' codes, sampled and means; nil for a model of one dimension.
    func scatterFigure() -> Figure? {
        guard let plane else { return nil }
        let means = panel(
            isVariational ? "Means" : "Codes of a plain autoencoder", "", codes.mean, plane, prior: isVariational)
        let panels = isVariational ? [panel("Sampled codes", "", codes.sample(seed: seed), plane, prior: true)] : []
        return scatter(panels + [means]).figure(
            title: "Latent codes of the \(setName) images",
            caption: "Each point is one image"
                + (judged.images.labels == nil ? "." : ", coloured by its label, which the model never saw.")
                + (classes.count > Theme.classes.count
                    ? " Colours come again after \(Theme.classes.count) classes." : "")
                + (isVariational
                    ? " The dashed circles hold half and 95 % of the prior that the KL term pulls the codes to." : ""))
    }

    /// The run's means beside a plain autoencoder's codes.
    func comparisonFigure() -> Figure? {
        guard let comparison, let plane, let other = LatentPlane(of: comparison.codes) else { return nil }
        let count = epochs.last?.epoch ?? 0
        let panels = [
            panel("Variational autoencoder", Self.epochWords(count), codes.mean, plane, prior: true),
            panel("Plain autoencoder", Self.epochWords(comparison.epochs), comparison.codes.mean, other, prior: false),
        ]
        let unequal =
            comparison.epochs == count
            ? "" : " The two were not trained equally long: \(count) and \(comparison.epochs) epochs."
        return scatter(panels).figure(
            title: "Why a variational autoencoder's latent space is different",
            caption: "The same layers and the same images. Nothing tells the plain autoencoder where its codes should "
                + "lie, so a code drawn at random may fall where no image's is; sampling and the KL term gather the "
                + "variational one's around zero, close together, so that a code drawn from the prior decodes to an "
                + "image. Mind the two scales.\(unequal)")
    }

    private func panel(
        _ title: String, _ note: String, _ codes: Tensor, _ plane: LatentPlane, prior: Bool
    ) -> LatentScatter.Panel {
        LatentScatter.Panel(
            title: title, note: note.isEmpty ? imageCount(codes.batch) : note, codes: codes,
            labels: judged.images.labels ?? Array(repeating: 0, count: codes.batch),
            dimensions: (plane.x, plane.y), showsPrior: prior)
    }

    private func scatter(_ panels: [LatentScatter.Panel]) -> LatentScatter {
        guard !classes.isEmpty else { return LatentScatter(panels: panels, classes: ["image"]) }
        return LatentScatter(panels: panels, classes: classes, marks: marks)
    }

    /// By the labels; none where there are no labels.
    var classes: [String] {
        guard let last = judged.images.labels?.max() else { return [] }
        return judged.images.classNames ?? (0...last).map(String.init)
    }

    /// The classes' names on the points; none of many classes, which would hide them.
    private var marks: [String] {
        classes.count > Self.mostMarks ? [] : classes.map { NumberText.shortened($0, to: 14) }
    }

    private static let mostMarks = 24

    /// Images decoded from a lattice of codes; nil for a model of one dimension, and for a plain autoencoder, of
    /// which no prior says where its codes lie.
    var grid: LatentGrid? {
        let side = Self.gridSide(of: model.architecture.imageShape)
        return isVariational ? plane?.grid(model, side: side, range: -3...3, polarity: judged.images.polarity) : nil
    }

    /// Images along a side of the lattice: 30, and of large ones fewer, so that a report stays small.
    static func gridSide(of shape: Shape) -> Int { max(8, min(30, 1344 / max(shape[0], shape[1]))) }

    func gridFigure(_ grid: LatentGrid, _ plane: LatentPlane) throws -> Figure {
        let latent = model.architecture.latent
        return try grid.figure(
            title: "Images decoded from the latent plane",
            caption: "Each of the \(grid.side) × \(grid.side) images is decoded from the code at its place; the ticks "
                + "stand at the images that their values made."
                + (latent > 2 ? " The other \(latent - 2) dimensions are zero." : ""), axes: plane.axes)
    }

    // MARK: Losses

    func lossesFigure() -> Figure {
        LossCurves(epochs.map(EpochLosses.init)).figure(
            title: "Losses over the epochs",
            caption: "loss is the mean over an epoch while the weights move, val_loss that of "
                + "\(run.configuration.data.validationName) after it.")
    }

    static func epochWords(_ count: Int) -> String { "\(count) epoch\(count == 1 ? "" : "s")" }
}

extension EpochLosses {
    init(_ metrics: EpochMetrics) {
        func losses(_ terms: LossTerms) -> [Loss] {
            terms.losses.map { Loss($0.name, $0.value) }
        }
        self.init(
            epoch: metrics.epoch, training: losses(metrics.training), validation: metrics.validation.map(losses))
    }
}

extension ImageDataset {
    /// How pictures of these images, and of what a model makes of them, stand on a page.
    ///
    /// A thousand images from all over the set are enough to judge by; colours are as they are.
    package var polarity: Polarity {
        guard channels == 1 else { return .asStored }
        return Polarity(pixels: subset(spread(1000)).pixels[...], channels: channels)
    }

    /// So many positions, or all, at even distances from the first on.
    package func spread(_ most: Int) -> [Int] { Spread(most, of: count).positions }
}

extension RunFolder {
    /// Refuses images that the run's model cannot take.
    /// - Throws: `FormatError` naming the set and both sizes.
    package func requireShape(of images: ImageDataset) throws(FormatError) {
        try requireShape([images.height, images.width, images.channels], of: images.name)
    }

    /// The same by the shape [height, width, channels] alone, before any image is read.
    package func requireShape(_ found: Shape, of name: String) throws(FormatError) {
        let wanted = configuration.training.architecture.imageShape
        guard found == wanted else {
            throw FormatError(source: name, expected: "images \(wanted), as \(path) has them", found: "\(found)")
        }
    }
}
