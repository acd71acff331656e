import Foundation
import MNISTData
import Testing
import VAE

/// One article of the guide.
struct Article: CustomTestStringConvertible {
    let name: String
    let text: String

    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    private static let catalogue = folder.appending(path: "../../Sources/VAE/VAE.docc").standardized

    static let all: [Article] = {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: catalogue.path)
                .filter { $0.hasSuffix(".md") }.sorted()
                .map { Article(name: $0, text: try String(contentsOf: catalogue.appending(path: $0), encoding: .utf8)) }
        } catch {
            fatalError("\(catalogue.path): \(error)")
        }
    }()

    /// What stands between ```` ```swift ```` and ```` ``` ````, cut at empty lines.
    var codeParagraphs: [String] {
        text.components(separatedBy: "```swift\n").dropFirst()
            .map { $0.components(separatedBy: "\n```")[0] }
            .flatMap { $0.components(separatedBy: "\n\n") }
            .map(unindented)
    }

    /// Files that the article shows: `![…](name)`.
    var images: [String] {
        text.components(separatedBy: "![").dropFirst()
            .compactMap { $0.components(separatedBy: "](").dropFirst().first?.components(separatedBy: ")")[0] }
    }

    static func resources() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: catalogue.appending(path: "Resources").path)
    }

    var testDescription: String { name }
}

/// Each line without the spaces before it.
private func unindented(_ code: String) -> String {
    code.split(separator: "\n").map { String($0.drop { $0 == " " }) }.joined(separator: "\n")
}

@Suite("The guide")
struct GuideTests {
    @Test("all its code is compiled", arguments: Article.all)
    func codeIsCompiled(article: Article) throws {
        let source = try String(contentsOf: Article.folder.appending(path: "GuideCode.swift"), encoding: .utf8)
        let compiled = "\n" + unindented(source) + "\n"
        for paragraph in article.codeParagraphs {
            #expect(compiled.contains("\n\(paragraph)\n"), "GuideCode.swift does not hold:\n\(paragraph)")
        }
    }

    @Test("it has code, and all its pictures are used")
    func completeness() throws {
        #expect(Article.all.flatMap(\.codeParagraphs).count >= 30)
        let shown = Article.all.flatMap(\.images)
        let stems = try Article.resources().map { $0.components(separatedBy: ".")[0] }
        #expect(shown.sorted() == stems.sorted())
    }

    @Test("the layer tables that it shows are the program's")
    func tablesAreTrue() throws {
        let article = try #require(Article.all.first { $0.name == "The-Model.md" })
        let shown = unindented(article.text)
        for part in try Architecture.tutorial.summary().description.components(separatedBy: "\n\n") {
            #expect(shown.contains(unindented(part)), "The-Model.md does not show:\n\(part)")
        }
    }

    @Test("what it says of the loss is what the program says")
    func lossIsTrue() throws {
        let article = try #require(Article.all.first { $0.name == "The-Loss.md" })
        #expect(article.text.contains("// \(Objective.tutorial.meaning(for: .tutorial))\n"))
    }
}

/// Snippets whose results the text tells, run on few images.
@Suite("The guide's code")
struct GuideCodeTests {
    let test: ImageDataset

    init() throws {
        test = try ImageDataset.embeddedMNIST(.test).prefix(409)
    }

    @Test func data() throws {
        let (figure, validation) = try GuideCode.theData()
        #expect(figure.images.shape == [5, 28, 28, 1])
        #expect(validation.count == 6000)
    }

    @Test func model() throws {
        let (architecture, model) = try GuideCode.theModel(test: test)
        #expect(architecture == .tutorial)
        #expect(model.parameterCount == 170_229)
    }

    @Test("the tutorial's loss and its lower bound differ by a factor and a constant")
    func loss() throws {
        let (tutorial, evidence) = GuideCode.theLoss(
            gaussian: DiagonalGaussian(mean: Tensor([9, 2]), logVariance: Tensor([9, 2])))
        let differences = try [UInt64(0), 1].map { seed in
            func loss(_ objective: Objective) throws -> Double {
                let model = try VariationalAutoencoder(.tutorial, likelihood: objective.likelihood, seed: seed)
                return Evaluator(model, objective: objective).evaluate(test, seed: 0).terms.loss
            }
            return try loss(evidence) - 2 * loss(tutorial)
        }
        #expect(abs(differences[0] - differences[1]) < 1e-3)
        #expect(abs(differences[0] - 392 * Foundation.log(2 * Double.pi / 4)) < 1e-2)
    }

    @Test func figures() throws {
        let model = try VariationalAutoencoder(seed: 0)
        #expect(GuideCode.theLatentSpace(model: model, test: test).contains(" y=\"13\">9</text>"))
        let (sheet, steps) = try GuideCode.generation(model: model, test: test)
        #expect(sheet.prefix(4) == [0x89, 0x50, 0x4E, 0x47])
        #expect(steps.shape == [10, 28, 28, 1])
        #expect(GuideCode.results(model: model, test: test).terms.images == 409)
    }

    @Test func ownModel() async throws {
        let (small, wide) = try GuideCode.yourOwnModel()
        #expect(wide.latent == 16)
        let score = try await GuideCode.yourOwnObjective(small: small, train: test, test: test.prefix(50))
        #expect(try #require(score.evidenceLowerBound) < 0)
        #expect(score.divergencePerDimension.count == 8)
    }

    @Test func repeatability() async throws {
        var configuration = GuideCode.aPlainAutoencoder()
        #expect(!configuration.architecture.isVariational)
        configuration = .tutorial
        configuration.epochs = 1
        let (one, two) = try await GuideCode.repeatableResults(configuration: configuration, train: test.prefix(130))
        #expect(one != nil && one == two)
    }
}
