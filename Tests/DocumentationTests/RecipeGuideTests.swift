import Foundation
import Recipes
import Settings
import Tensors
import Testing
import VAE

/// What guide and README say of recipes is what the program says.
@Suite("The guide to recipes")
struct RecipeGuideTests {
    private let article: String

    init() throws {
        article = try #require(Article.all.first { $0.name == "Recipes.md" }).text
    }

    @Test("its tables have every op, preset and word, and nothing else")
    func tablesAreTrue() {
        let ops = OpDescription.all.map { op in
            let settings = op.settings.map { "`\($0.name)`" + ($0.usual.map { " \($0.shown)" } ?? "") }
            return "| `\(op.name)` | \(op.summary) | \(settings.joined(separator: ", ")) |"
        }
        expect(ops, under: "op | what it does | settings")
        expect(Preset.all.map { "| `\($0.name)` | \($0.summary) |" }, under: "preset |")
        expect(
            RecipeData.settings.map { "| `\($0.name)` | \($0.value == .null ? "" : $0.value.shown) | \($0.range) |" },
            under: "key of `data` | if left out | may be")
        expect(RecipeWord.structures.map { "| `\($0.example)` | \($0.summary) |" }, under: "entry | what it does")
        expect(RecipeWord.values.map { "| `\($0.example)` | \($0.summary) |" }, under: "word | what it stands for")
    }

    private func expect(_ rows: [String], under heading: String) {
        let lines = article.components(separatedBy: "\n")
        let start = lines.firstIndex { $0.hasPrefix("| \(heading) |") }.map { $0 + 2 } ?? lines.count
        let shown = lines[start...].prefix { $0.hasPrefix("|") }
        #expect(Array(shown) == rows, "in place of this table:\n\(rows.joined(separator: "\n"))")
    }

    @Test("every recipe that is shown can be trained", arguments: ["README.md", "Sources/VAE/VAE.docc/Recipes.md"])
    func recipesAreTaken(page: String) throws {
        let text = try String(contentsOf: Article.folder.appending(path: "../../" + page), encoding: .utf8)
        let shown = text.components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        #expect(!shown.isEmpty)
        for recipe in shown {
            for shape: Shape in [[28, 28, 1], [17, 31, 3]] {
                let read = try Recipe(parsing: Array(recipe.utf8), source: page, imageShape: shape)
                #expect(read.training.architecture.imageShape == shape)
            }
        }
    }

    @Test func code() throws {
        let training = try #require(try GuideCode.recipes())
        #expect(training.architecture.name == "mlp" && training.architecture.latent == 20)
    }
}
