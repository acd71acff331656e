import Figures
import Tensors
import Testing

/// Numbers between −1 and 1 that are the same everywhere.
private func noise(_ count: Int) -> [Float] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / 0x1p31
    }
}

@Suite struct LatentScatterTests {
    private static let classes = (0..<10).map { "digit-\($0)" }

    @Test("Ten thousand points: small, well formed, the same bytes twice, every point once")
    func large() {
        let count = 10_000
        let labels = (0..<count).map { $0 * 7 % 10 }
        func figure() -> Figure {
            let panel = LatentScatter.Panel(
                title: "VAE", note: "note", codes: Tensor([count, 2], noise(2 * count)), labels: labels,
                showsPrior: true)
            return LatentScatter(panels: [panel, panel], classes: Self.classes).figure(title: "T", caption: "C")
        }
        let svg = figure().svg
        #expect(svg == figure().svg)
        #expect(svg.utf8.count < 500_000)
        #expect(isWellFormed(svg))
        // Each point of both panels, and the ten dots of the legend.
        #expect(svg.components(of: "h0") == 2 * count + 10)
        for name in Self.classes { #expect(svg.contains(">\(name)</text>")) }
    }

    @Test("No class lies over all others: each starts a chunk in its turn")
    func interleaving() throws {
        let count = 750
        let panel = LatentScatter.Panel(
            title: "T", note: "", codes: Tensor([count, 2], noise(2 * count)), labels: (0..<count).map { $0 % 3 })
        let svg = LatentScatter(panels: [panel], classes: ["a", "b", "c"]).figure(title: "T", caption: "C").svg
        let group = try #require(svg.firstMatch(of: /<g class="dots".*?<\/g>/)).output
        let order = group.matches(of: /class="class-(\d)"/).map { String($0.output.1) }
        #expect(order == ["0", "1", "2", "1", "2", "0", "2", "0", "1"])
    }

    @Test("One scale for both axes, zero in the middle, dimensions as chosen")
    func axes() {
        // Third and first dimension: (2, 1) and (−4, 0), so the plot reaches 4 · 1.03 on all sides.
        let panel = LatentScatter.Panel(
            title: "T", note: "", codes: Tensor([2, 3], [1, 9, 2, 0, 9, -4]), labels: [0, 1], dimensions: (2, 0))
        let svg = LatentScatter(panels: [panel], classes: ["a", "b"]).figure(title: "T", caption: "C").svg
        // The plot is 392 pixels wide from (40, 66): its middle is (236, 262), a unit 47.573 pixels.
        #expect(svg.contains("class=\"class-0\" d=\"M3311 2144h0\""))
        #expect(svg.contains("class=\"class-1\" d=\"M457 2620h0\""))
        #expect(svg.contains(">z₃ →</text>"))
        #expect(svg.contains(">↑ z₁</text>"))
        #expect(svg.contains("<path class=\"hairline rule\" d=\"M236 66L236 458\"/>"))
        #expect(svg.contains("<path class=\"hairline rule\" d=\"M40 262L432 262\"/>"))
    }

    @Test("A hundred classes have sixty keys, shortened, and a word about the rest")
    func manyClasses() throws {
        let classes = (0..<100).map { "a species with a long name \($0)" }
        let panel = LatentScatter.Panel(
            title: "T", note: "", codes: Tensor([100, 2], noise(200)), labels: Array(0..<100))
        let figure = LatentScatter(panels: [panel, panel], classes: classes).figure(title: "T", caption: "C")
        #expect(isWellFormed(figure.svg))
        #expect(figure.svg.components(of: ">a species with a long n…</text>") == 60)
        #expect(figure.svg.components(of: ">and 40 more</text>") == 1)
    }

    @Test("Codes that are not finite are left out, and the caption says so")
    func notFinite() {
        let panel = LatentScatter.Panel(
            title: "T", note: "", codes: Tensor([3, 2], [.nan, 0, 1, 1, 0, .infinity]), labels: [0, 0, 0])
        let figure = LatentScatter(panels: [panel], classes: ["a"], marks: ["a"]).figure(title: "T", caption: "C.")
        #expect(figure.caption == "C. Not shown: 2 codes that are not finite.")
        #expect(isWellFormed(figure.svg))
        #expect(!figure.svg.contains("nan") && !figure.svg.contains("inf"))
    }

    @Test("A collapsed cloud and none at all still have axes", arguments: [0, 1, 5])
    func degenerate(count: Int) {
        let panel = LatentScatter.Panel(
            title: "T", note: "", codes: Tensor([count, 2]), labels: [Int](repeating: 0, count: count))
        let svg = LatentScatter(panels: [panel], classes: ["a"], marks: ["a"]).figure(title: "T", caption: "C").svg
        #expect(isWellFormed(svg))
        #expect(svg.contains(">0.0</text>"))
        #expect(!svg.contains("nan") && !svg.contains("inf"))
    }
}

@Suite struct LossCurvesTests {
    private func losses(_ reconstruction: Double, _ kl: Double) -> [EpochLosses.Loss] {
        [.init("loss", reconstruction + kl), .init("reconstruction_loss", reconstruction), .init("kl_loss", kl)]
    }

    @Test("The curve of two epochs, to the byte")
    func exact() {
        let epochs = [
            EpochLosses(epoch: 1, training: losses(40, 0), validation: nil),
            EpochLosses(epoch: 2, training: losses(30, 0), validation: nil),
        ]
        let svg = LossCurves(epochs).figure(title: "T", caption: "C").svg
        // Ticks 30, 32 … 40, and the axis one below: 28 at y = 236, 40.6 at y = 36.
        #expect(svg.contains("<path class=\"curve training\" d=\"M40 45.5L344 204.3\"/>"))
        #expect(svg.contains("<text class=\"training\" x=\"354\" y=\"208.25\">loss 30.00</text>"))
        #expect(isWellFormed(svg))
    }

    @Test("A NaN breaks the line and the report of the last value")
    func notANumber() throws {
        let epochs = (1...5).map {
            EpochLosses(
                epoch: $0, training: losses($0 == 3 ? .nan : 10 - Double($0), 1), validation: losses(.infinity, 1))
        }
        let svg = LossCurves(epochs).figure(title: "T", caption: "C").svg
        let path = try #require(svg.firstMatch(of: /curve training" d="([^"]*)"/)).output.1
        #expect(path.filter { $0 == "M" }.count == 2)
        #expect(path.filter { $0 == "L" }.count == 2)
        #expect(!svg.contains("nan") && !svg.contains("inf"))
    }

    @Test("A steep start does not flatten the rest: it is cut at the edge and its value written")
    func steepStart() throws {
        let epochs = (1...10).map {
            EpochLosses(epoch: $0, training: losses($0 == 1 ? 1000 : 30 - Double($0), 0), validation: nil)
        }
        let svg = LossCurves(epochs).figure(title: "T", caption: "C").svg
        #expect(svg.contains(">↑ 1000.0 in epoch 1</text>"))
        let path = try #require(svg.firstMatch(of: /curve training" d="M([\d.]+) ([\d.]+)L/)).output
        #expect(path.2 == "36")
        #expect(isWellFormed(svg))
    }

    @Test("Two ends that meet have their names apart")
    func names() throws {
        let epochs = (1...3).map { EpochLosses(epoch: $0, training: losses(10, 1), validation: losses(10, 1)) }
        let svg = LossCurves(epochs).figure(title: "T", caption: "C").svg
        let rows = svg.matches(of: /<text class="(?:training|validation)" x="[\d.]+" y="([\d.]+)"/)
            .compactMap { Double($0.output.1) }
        #expect(rows.count == 6)
        for pair in 0..<3 { #expect(rows[2 * pair + 1] - rows[2 * pair] == 16) }
    }

    @Test("No epoch, one epoch, a thousand", arguments: [0, 1, 1000])
    func counts(count: Int) {
        let epochs = (0..<count).map { EpochLosses(epoch: $0 + 1, training: losses(5, 1), validation: losses(6, 1)) }
        let svg = LossCurves(epochs).figure(title: "T", caption: "C").svg
        #expect(isWellFormed(svg))
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        #expect(svg.utf8.count < 120_000)
    }
}
