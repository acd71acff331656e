import Figures
import Formats
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct NamePlacementTests {
    @Test(
        "No name covers another or leaves the plot, from one place, from a crowd and from all over",
        arguments: [0, 30, 200])
    func apart(reach: Double) {
        var random = TestValues(seed: 5)
        for width in [14.0, 64] {
            let places = random.uniforms(20).map { 200 + reach * Double($0) }
            let boxes = (0..<10).map {
                NamePlacement.Box(x: places[2 * $0], y: places[2 * $0 + 1], width: width, height: 18)
            }
            let placed = NamePlacement.apart(boxes, x: 0...400, y: 0...400)
            for (index, one) in placed.enumerated() {
                #expect(one.x >= width / 2 && one.x <= 400 - width / 2 && one.y >= 9 && one.y <= 391)
                for other in placed.dropFirst(index + 1) {
                    #expect(
                        (one.x - other.x).magnitude >= width - 1e-9 || (one.y - other.y).magnitude >= 18 - 1e-9,
                        "\(one) and \(other)")
                }
            }
        }
    }

    @Test("Names that are apart stay where they are")
    func stay() {
        let boxes = [20.0, 60, 100].map { NamePlacement.Box(x: $0, y: 50, width: 14, height: 18) }
        #expect(NamePlacement.apart(boxes, x: 0...120, y: 0...100) == boxes)
    }

    @Test("A class's middle is one of its members")
    func medoid() throws {
        // The median of each axis, (2, 1), is none of them.
        let members = [(0.0, 0.0), (1, 1), (2, 0), (10, 10), (11, 9)].map { (x: $0.0, y: $0.1) }
        let middle = try #require(NamePlacement.medoid(of: members))
        #expect(members.contains { $0 == middle })
        #expect(middle == (1, 1))
        #expect(NamePlacement.medoid(of: []) == nil)
    }

    @Test("Two classes in one place have both their names, beside each other")
    func scatter() throws {
        let panel = LatentScatter.Panel(
            title: "T", note: "", codes: Tensor([20, 2], (0..<40).map { Float($0 % 7) / 7 }),
            labels: (0..<20).map { $0 % 2 })
        let svg = LatentScatter(panels: [panel], classes: ["5", "8"], marks: ["5", "8"])
            .figure(title: "T", caption: "C").svg
        let places = svg.matches(of: /class="mark" x="([\d.]+)" y="([\d.]+)"/).compactMap {
            (Double($0.output.1), Double($0.output.2))
        }
        try #require(places.count == 2)
        let (x, y) = (
            (places[0].0 ?? 0) - (places[1].0 ?? 0), (places[0].1 ?? 0) - (places[1].1 ?? 0)
        )
        #expect(abs(x) >= 14 - 0.02 || abs(y) >= 18 - 0.02)
    }
}

@Suite struct PolarityTests {
    @Test("Strokes on black are ink, filled pictures and colours are as they are stored")
    func rule() {
        #expect(Polarity(of: Tensor([2, 4, 4, 1], repeating: 0.13)) == .inkOnPaper)
        #expect(Polarity(of: Tensor([2, 4, 4, 1], repeating: 0.29)) == .asStored)
        #expect(Polarity(of: Tensor([2, 4, 4, 3], repeating: 0.13)) == .asStored)
        #expect(Polarity(pixels: [UInt8](repeating: 33, count: 32)[...], channels: 1) == .inkOnPaper)
        #expect(Polarity(pixels: [UInt8](repeating: 74, count: 32)[...], channels: 1) == .asStored)
        #expect(Polarity(pixels: [UInt8](repeating: 33, count: 33)[...], channels: 3) == .asStored)
        #expect(Polarity(pixels: [], channels: 1) == .inkOnPaper)
    }

    @Test("A figure shows ink dark on light, and where it is dark turns it; its PNG keeps the values")
    func figures() throws {
        let strokes = Tensor([1, 1, 2, 1], [0, 0.2])
        let figure = try SampleFigure(images: strokes, labels: ["1"]).figure(title: "T", caption: "C")
        #expect(figure.svg.contains("<g class=\"ink\"><image"))
        #expect(figure.svg.contains(".vae-figure .ink{filter:invert(1)"))
        let png = try #require(figure.svg.firstMatch(of: /base64,([^"]+)"/)).output.1
        let shown = try PNG.decode([UInt8](try #require(Data(base64Encoded: String(png)))), source: "figure")
        #expect(Set(shown.pixels) == [255, 204])
        let sheet = try PNG.decode(SampleFigure(images: strokes, labels: ["1"]).png(scale: 1), source: "sheet")
        #expect(sheet.pixels == [0, 51])
        let kept = try SampleFigure(images: strokes, labels: ["1"], polarity: .asStored).figure(
            title: "T", caption: "C")
        #expect(!kept.svg.contains("class=\"ink\""))
        let grid = try LatentGrid(images: Tensor([4, 2, 2, 1]), side: 2).figure(title: "T", caption: "C")
        #expect(grid.svg.contains("<g class=\"ink\"><image"))
    }
}
