import Figures
import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// What the page's own modules compute, run by Node.js.
@Suite("The page's laws", .enabled(if: PageSources.node != nil, "needs Node.js"))
struct PageLawTests {
    private let found: JSONValue

    init() throws {
        let scratch = Scratch()
        let script = PageSources.tests.appending(path: "page-laws.mjs").path
        let outcome = try Program(path: try #require(PageSources.node))
            .run([script, PageSources.folder.path], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        found = try JSONValue(parsing: Array(outcome.output.utf8), source: "page-laws.mjs")
    }

    private func number(_ key: String) throws -> Double { try #require(found[key]?.number) }

    private func texts(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }

    @Test("Images are shown at the even distances that the program takes, and found again")
    func evenDistances() throws {
        let places = try #require(found["places"]?.array).map { ($0.array ?? []).compactMap(\.integer) }
        #expect(places == [(1, 1), (7, 40), (20, 20), (3, 100)].map { Spread($0.0, of: $0.1).positions })
        #expect(found["strays"] == .integer(0))
    }

    @Test("A great circle stays between the distances of its ends, and meets both")
    func greatCircle() throws {
        #expect(try number("turned") > 500)
        #expect(try number("outside") < 1e-6)
        #expect(try number("ends") < 1e-5)
        #expect(try number("parallel") < 1e-5)
    }

    @Test("Between opposite codes, and from zero, the way is the straight one, and is known to be")
    func noGreatCircle() throws {
        let without = try #require(found["without"]?.array)
        #expect(without.count == 4)
        for pair in without {
            #expect(pair["has"] == .bool(false))
            #expect(pair["off"]?.number == 0)
        }
    }

    @Test("No name covers another or leaves the map, wherever classes lie; a middle is a member")
    func names() throws {
        #expect(try number("covered") == 0)
        #expect(try number("beyond") == 0)
        #expect(try number("middle") == 2)
    }

    @Test("The map begins at an image of the class that stands apart, or where codes are densest, not at zero")
    func begins() throws {
        #expect(found["begin"]?["label"] == .integer(2))
        #expect(try #require(found["begin"]?["radius"]?.number) > 5)
        #expect(try number("densest") == 1)
    }

    @Test("What a dimension tells is its KL divergence, also where only the codes say it")
    func informative() throws {
        let bare = try #require(found["tells"]?["bare"]?.array)
        #expect(bare.count == 2)
        for told in bare {
            #expect(told["order"] == .array([.integer(1), .integer(0)]))
            #expect(told["dead"] == .array([.bool(true), .bool(false)]))
            let weight = (told["weight"]?.array ?? []).compactMap(\.number)
            try #require(weight.count == 2)
            #expect(abs(weight[0]) < 1e-6)
            #expect(abs(weight[1] - (1 + 0.25 - 1 - log(0.25)) / 2) < 1e-6)
        }
        #expect(found["tells"]?["given"] == .array([.integer(0), .integer(1)]))
    }

    @Test("Losses share a chart only where likelihood and weights of the parts are the same")
    func kinds() {
        let kinds = found["kinds"]
        #expect(
            texts(kinds?["loss"]) == ["tutorial again half", "bernoulli", "plain", "wide", "narrow", "broad"])
        #expect(
            texts(kinds?["reconstruction_loss"])
                == ["tutorial again half plain wide", "bernoulli", "narrow", "broad"])
        #expect(texts(kinds?["kl_loss"]) == ["tutorial again half bernoulli narrow broad", "wide"])
    }

    @Test("A training's state is told with its epoch, its loss and the time left, and so is its end")
    func progress() {
        #expect(
            texts(found["words"]).map {
                $0.replacing(" What the page holds can still be read; vae explore shows the run again.", with: "")
            }
                == [
                    "training, epoch 1 of 20 under way",
                    "training, epoch 5 of 20 done · loss 40.00 · about 15 min left",
                    "training, epoch 19 of 20 done · loss 40.00 · less than a minute left",
                    "training, epoch 1 of 20, step 120 of 469 · loss 41.50 · about 15 min left",
                    "training, epoch 6 of 20, step 120 of 469 · loss 41.50 · about 15 min left",
                    "training, epoch 5 of 20 done · loss 40.00",
                    "contact lost after epoch 12 of 20 · loss 40.00",
                    "interrupted, 5 of 20 epochs · loss 40.00",
                    "finished, 20 of 20 epochs · loss 40.00",
                    "interrupted, 3 of 20 epochs · loss 40.00",
                    "Contact with the training was lost after epoch 12 of 20: it, or the server that showed it, has ended.",
                    "The training has finished, 20 of 20 epochs, and the server no longer answers.",
                    "The server does not answer, and may have ended.",
                ])
    }
}

@Suite("The page's colours")
struct PageColourTests {
    @Test("Classes are coloured as in the figures, in light and in dark")
    func classes() throws {
        let style = try PageSources.text("Sources/CExplorerPage/page/style.css")
        let rules = style.matches(of: /--class-(\d): light-dark\((#\w{6}), (#\w{6})\);/).map {
            "class-\($0.output.1) \($0.output.2) \($0.output.3)"
        }
        #expect(Theme.classes.count == 10)
        #expect(rules == Theme.classes.map { "\($0.name) \($0.light) \($0.dark)" })
    }
}
