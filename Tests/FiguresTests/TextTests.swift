import Figures
import Testing

@Suite struct NumberTextTests {
    @Test(
        "Exactly so many decimals",
        arguments: [
            (33.9, 2, "33.90"), (0, 2, "0.00"), (-0.001, 2, "0.00"), (-0.005, 2, "-0.01"), (0.999, 2, "1.00"),
            (-12.04, 1, "-12.0"), (1.5, 0, "2"), (1e300, 2, "1e+300"), (.nan, 2, "nan"), (-.infinity, 2, "-inf"),
        ] as [(Double, Int, String)])
    func fixed(value: Double, places: Int, text: String) {
        #expect(NumberText.fixed(value, places: places) == text)
    }

    @Test(
        "No more decimals than needed",
        arguments: [
            (33.9, "33.9"), (34, "34"), (100, "100"), (0.05, "0.05"), (-0.0001, "0"), (1e20, "1e+20"),
            (-2.5, "-2.5"), (.infinity, "inf"),
        ] as [(Double, String)])
    func short(value: Double, text: String) {
        #expect(NumberText.short(value) == text)
    }

    @Test func typeset() {
        #expect(NumberText.typeset("-3") == "−3")
        #expect(NumberText.typeset("3") == "3")
    }
}

@Suite struct TicksTests {
    @Test(
        "Round values, as many as fit",
        arguments: [
            (-3...3, 8, ["−3", "−2", "−1", "0", "1", "2", "3"]),
            (0...1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (33.4...43.7, 6, ["34", "36", "38", "40", "42"]),
            (-0.031...0.031, 4, ["−0.02", "0.00", "0.02"]),
            (0...900, 4, ["0", "500"]),
            (0.1...0.7, 6, ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"]),
            (5...5, 4, ["5.00"]),
        ] as [(ClosedRange<Double>, Int, [String])])
    func labels(range: ClosedRange<Double>, count: Int, expected: [String]) {
        let ticks = Ticks(range, count: count)
        #expect(ticks.values.map(ticks.label) == expected)
    }

    @Test("Never more intervals than asked for, never outside", arguments: [2, 5, 9])
    func bounds(count: Int) {
        for exponent in -8...8 {
            for factor in [1.0, 1.37, 2.2, 4.9, 9.99] {
                var high = factor
                for _ in 0..<abs(exponent) { high = exponent < 0 ? high / 10 : high * 10 }
                let values = Ticks(-high / 3...high, count: count).values
                #expect((1...count + 1).contains(values.count))
                #expect(values.allSatisfy { -high / 3 * 1.001 <= $0 && $0 <= high * 1.001 })
                #expect(values.contains(0))
            }
        }
    }
}

@Suite struct MarkupTests {
    @Test(
        "Nothing gets in unescaped",
        arguments: [
            ("plain ASCII, 100 %", "plain ASCII, 100 %"),
            ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
            ("\"a\" & b", "&quot;a&quot; &amp; b"),
            ("z₁ − 🙂", "z₁ − 🙂"),
            ("a\u{0}\u{1B}b\u{FFFF}\n", "a\u{FFFD}\u{FFFD}b\u{FFFD}\n"),
        ])
    func escaping(text: String, expected: String) {
        #expect(Markup.escaped(text) == expected)
    }

    @Test("The exact bytes of a small drawing")
    func exact() {
        var markup = Markup()
        markup.element("g", ["class": "a\"b"]) { group in
            group.line(from: (0, 0.5), to: (10.256, -3), style: "rule")
            group.dot(x: 1, y: 2, style: "dot")
            group.label("a < b", x: 4, y: 5.5, anchor: .end)
            group.picture([0, 255, 254], x: 0, y: 0, width: 2, height: 1.5, isPixelated: true, description: "x")
        }
        #expect(
            markup.text == """
                <g class="a&quot;b"><path class="rule" d="M0 0.5L10.26 -3"/><path class="dot" d="M1 2h0"/>\
                <text class="label" x="4" y="5.5" text-anchor="end">a &lt; b</text>\
                <image x="0" y="0" width="2" height="1.5" preserveAspectRatio="none" image-rendering="pixelated" \
                aria-label="x" href="data:image/png;base64,AP/+"/></g>
                """)
    }
}
