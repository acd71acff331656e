@testable import Figures
import Tensors
import Testing

@Suite struct HTMLReportTests {
    private static let hostile = "</style><script>alert(\"1\")</script> & 'x'"

    private func losses(_ loss: Double) -> [EpochLosses.Loss] {
        [.init("loss", loss), .init("reconstruction_loss", loss - 1), .init("kl_loss", 1)]
    }

    @Test("A hostile name is text wherever it stands")
    func escaping() throws {
        let name = Self.hostile
        let figure = try SampleFigure(images: Tensor([1, 2, 2, 1]), labels: [name]).figure(title: name, caption: name)
        let html = HTMLReport(
            title: name, subtitle: name, warnings: [name], keyNumbers: [.init(name: name, value: name, note: name)],
            sections: [
                .init(
                    name,
                    [
                        .paragraph(name + "`" + name + "`"), .formula(name), .list([name]),
                        .settings([.init(name, name)]), .figure(figure),
                    ])
            ], footer: [name]
        ).html
        #expect(!html.contains("<script"))
        #expect(html.components(of: "</style>") == 1)
        #expect(html.components(of: "&lt;script&gt;") >= 15)
        #expect(isWellFormed(html))
    }

    @Test("Nothing is fetched: no address but those of the SVG name space and of data")
    func selfContained() throws {
        let figure = try SampleFigure(images: Tensor([1, 2, 2, 1]), labels: ["5"]).figure(title: "T", caption: "C")
        let html = HTMLReport(title: "Run", subtitle: "S", sections: [.init("H", [.figure(figure)])]).html
        #expect(
            !html.contains("http:") && !html.contains("https:") && !html.contains("url(") && !html.contains("@import"))
        #expect(html.components(of: "href=") == html.components(of: "href=\"data:image/png;base64,"))
        #expect(
            html.contains("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:\""))
    }

    @Test("Code stands between back-ticks; one without a partner is itself")
    func prose() {
        func body(_ text: String) -> String {
            let html = HTMLReport(title: "", subtitle: "", sections: [.init("", [.paragraph(text)])]).html
            return html.firstMatch(of: /<h2><\/h2>\n<p>(.*)<\/p>/).map { String($0.output.1) } ?? ""
        }
        #expect(body("a `b` c") == "a <code>b</code> c")
        #expect(body("`b`") == "<code>b</code>")
        #expect(body("a `b` c ` d") == "a <code>b</code> c ` d")
        #expect(body("a ` d") == "a ` d")
        #expect(body("") == "")
    }

    @Test("The table holds each epoch and marks the lowest val_loss; a NaN is never the lowest")
    func table() {
        let values = [3.0, 2.0, .nan, 2.5]
        let epochs = values.indices.map {
            EpochLosses(epoch: $0 + 1, training: losses(4), validation: losses(values[$0]))
        }
        let html = HTMLReport(title: "", subtitle: "", sections: [.init("", [.losses(epochs)])]).html
        #expect(
            html.contains(
                "<tr class=\"best\"><th scope=\"row\">2</th><td>4.00</td><td>3.00</td><td>1.00</td><td>2.00</td>"))
        #expect(html.components(of: "class=\"best\"") == 1)
        #expect(html.components(of: "<th scope=\"col\">") == 7)
        #expect(html.contains("<td>nan</td>"))
        #expect(isWellFormed(html))
    }

    @Test("Without validation there are no columns for it")
    func tableWithoutValidation() {
        let epochs = [EpochLosses(epoch: 1, training: losses(4), validation: nil)]
        let html = HTMLReport(title: "", subtitle: "", sections: [.init("", [.losses(epochs)])]).html
        #expect(html.components(of: "<th scope=\"col\">") == 4)
        #expect(!html.contains("class=\"best\""))
    }
}

@Suite struct FigureTests {
    @Test("Lines break at spaces, long words stand alone")
    func wrapping() {
        #expect(Figure.wrapped("a bb ccc dddd", columns: 6) == ["a bb", "ccc", "dddd"])
        #expect(Figure.wrapped("abcdefgh i", columns: 3) == ["abcdefgh", "i"])
        #expect(Figure.wrapped("", columns: 3).isEmpty)
    }

    @Test("Panels wrap as they do on a page: the row below keeps to the width of the first")
    func flow() throws {
        func panel(_ width: Double) -> Figure.Panel {
            Figure.Panel(width: width, height: 10, description: "") { $0.write(raw: "<g/>") }
        }
        let figure = Figure(
            title: "T", caption: "C",
            rows: [
                .init(panels: [panel(200)], gap: 0), .init(panels: [panel(90), panel(90), panel(90)], gap: 20),
            ])
        let places = figure.svg.matches(of: /translate\(([\d. ]+)\)/).map { String($0.output.1) }
        #expect(places == ["32 80", "32 110", "142 110", "32 130"])
    }

    @Test("A file of its own has its style for light and dark, and works where CSS variables do not")
    func standalone() {
        let svg = Figure(title: "T", caption: "C", rows: []).svg
        #expect(
            svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"vae-figure\" role=\"img\" viewBox=\"0 0 "))
        #expect(svg.contains("@media screen and (prefers-color-scheme:dark){"))
        #expect(!svg.contains("var("))
        #expect(isWellFormed(svg))
    }

    @Test("The checker of the other tests finds what is wrong")
    func checker() {
        #expect(isWellFormed("<a b=\"c\"><d/>x &amp; y</a>\n"))
        for wrong in ["<a>", "<a></b>", "<a b=c/>", "<a b=\"c/>", "<a>&nbsp;</a>", "<a/><b/>", "<a>x > y</a>", "x<a/>"]
        {
            #expect(!isWellFormed(wrong), "\(wrong)")
        }
    }
}
