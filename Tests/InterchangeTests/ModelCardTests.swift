import Formats
import Models
import Settings
import Tensors
import TestSupport
import Testing
import Training
import YAMLText

@testable import Interchange

/// Cards of exported models, as their readers take them.
@Suite struct ModelCardTests {
    /// What would end the front matter, run in a page, or break a table.
    private static let hostile = "a\n---\n<script>alert(1)</script> | `x` [y](z) ![w](v) *b* \u{1B}[31m \u{202E} #"

    private func card(
        _ format: ExportFormat, name: String = "small", isVariational: Bool = true, likelihood: Likelihood = .bernoulli,
        imageLayout: ImageLayout = .nhwc, training: ModelCard.Training? = nil
    ) throws -> String {
        var architecture = Architecture.tutorial(output: nil)
        (architecture.name, architecture.isVariational) = (name, isVariational)
        let model = try ONNXCase.model(architecture, Objective(likelihood: likelihood)).file
        let files = try model.exported(as: format, imageLayout: imageLayout)
        let example = LoadingExample(format, of: model, layout: .ours, imageLayout: imageLayout)
        let file = try ModelCard(of: model, example, files: files, training: training).file
        #expect(file.name == "README.md")
        for one in files {
            #expect(text(file).contains("| `\(one.name)` | \(one.bytes.count) | `\(SHA256.hex(of: one.bytes))` |"))
        }
        return text(file)
    }

    private func text(_ file: ExportedFile) -> String { String(decoding: file.bytes, as: UTF8.self) }

    private func frontMatter(_ card: String) throws -> JSONValue {
        let parts = card.split(separator: "---\n", maxSplits: 2, omittingEmptySubsequences: false)
        try #require(parts.count == 3 && parts[0].isEmpty)
        return try YAMLDocument(parsing: Array(parts[1].utf8), source: "README.md").value
    }

    @Test(arguments: ExportFormat.allCases) func `the front matter is YAML that says what it is`(format: ExportFormat)
        throws
    {
        let matter = try frontMatter(try card(format))
        let library: JSONValue? = format == .onnx ? "onnx" : format == .keras ? "keras" : nil
        #expect(matter["library_name"] == library)
        #expect(matter["pipeline_tag"] == "unconditional-image-generation")
        #expect(matter["tags"] == ["variational-autoencoder", "image-generation", "swift-vae"])
        #expect(matter["license"] == nil)
        let plain = try frontMatter(try card(format, isVariational: false))
        #expect(plain["pipeline_tag"] == "image-feature-extraction" && plain["tags"]?.array?.first == "autoencoder")
    }

    @Test func `users' words stay words`() throws {
        let training = ModelCard.Training(
            settings: [("training images", Self.hostile)], losses: [(Self.hostile, "1.0", nil)],
            lossProtocol: Self.hostile)
        let card = try card(.onnx, name: Self.hostile, training: training)
        let shown =
            ##"a\\u{A}---\\u{A}&lt;script&gt;alert(1)&lt;/script&gt; \| \`x\` \[y\](z) \!\[w\](v) \*b\* "##
            + ##"\\u{1B}\[31m \\u{202E} \#"##
        let lines = card.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.filter { $0 == "---" }.count == 2)
        #expect(lines.contains("# \(shown)"))
        #expect(lines.contains("| training images | \(shown) |"))
        #expect(lines.contains("| \(shown) | 1.0 |  |"))
        #expect(lines.contains(Substring(shown)))
        #expect(!card.contains("<script") && !card.unicodeScalars.contains("\u{1B}"))
        #expect(try frontMatter(card) == frontMatter(try self.card(.onnx)))
    }

    @Test func `what is not known is not said`() throws {
        let card = try card(.safetensors)
        #expect(card.hasSuffix("## Training\n\nThe file that was exported does not say how its weights came to be.\n"))
        let unmeasured = ModelCard.Training(settings: [("seed", "1")], losses: [], lossProtocol: "None.")
        #expect(try self.card(.keras, training: unmeasured).hasSuffix("| seed | 1 |\n\nNone.\n"))
    }

    @Test func `the example fits the model`() throws {
        #expect(try card(.onnx).contains("mean, log_variance = encoder.run([\"mean\", \"log_variance\"]"))
        #expect(try card(.onnx).contains("`logits`"))
        #expect(try !card(.onnx, likelihood: .squaredError).contains("`logits`"))
        #expect(try card(.onnx, isVariational: false).contains("code, = encoder.run([\"code\"]"))
        #expect(try card(.onnx, imageLayout: .nchw).contains("[16, 1, 28, 28]"))
        #expect(try card(.pytorch).contains("[16, 1, 28, 28]") && card(.keras).contains("[16, 28, 28, 1]"))
    }
}
