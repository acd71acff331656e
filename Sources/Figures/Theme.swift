/// The colours and type of all figures and of the report, for light and dark surroundings.
///
/// Standalone SVG files get plain values and not CSS variables: rsvg, Inkscape and others know none.
package enum Theme {
    /// One role in both surroundings.
    package struct Color: Sendable {
        package let name: String
        package let light: String
        package let dark: String
    }

    package static let paper = Color(name: "paper", light: "#ffffff", dark: "#14161a")
    package static let ink = Color(name: "ink", light: "#1c1f24", dark: "#e9eaed")
    package static let muted = Color(name: "muted", light: "#667080", dark: "#98a0ad")
    package static let rule = Color(name: "rule", light: "#c4c9d1", dark: "#444b57")
    package static let grid = Color(name: "grid", light: "#eceef2", dark: "#23272e")
    package static let training = Color(name: "training", light: "#1266c4", dark: "#5aa9ff")
    package static let validation = Color(name: "validation", light: "#c8500a", dark: "#ff9550")
    package static let warning = Color(name: "warning", light: "#fff6e0", dark: "#2c2413")
    package static let warningRule = Color(name: "warning-rule", light: "#d99a00", dark: "#e0a92e")

    /// Ten colours for classes, after Okabe and Ito's eight ("Color Universal Design", 2008).
    ///
    /// Moved apart by hill climbing on the smallest OKLab distance between any two, as seen with normal, deuteranopic
    /// and protanopic eyes (Machado et al. 2009), at a contrast to the paper of 2 (light) and 4.5 (dark) or more. The
    /// explorer's page has the same in `page/style.css`.
    package static let classes: [Color] = zip(
        [
            "#1070f7", "#e5af17", "#0a808a", "#b9340d", "#1cbeff", "#fa90a9", "#76990f", "#641ca5", "#692000",
            "#0a2a53",
        ],
        [
            "#0087bf", "#fdba2b", "#00be80", "#ff6700", "#26d8ff", "#ff9dc0", "#dff03a", "#9f94ff", "#a17474",
            "#dcf7e8",
        ]
    ).enumerated().map { Color(name: "class-\($0)", light: $1.0, dark: $1.1) }

    package static let sansSerif =
        "ui-sans-serif,system-ui,-apple-system,\"Segoe UI\",Roboto,Inter,\"Helvetica Neue\",Arial,sans-serif"

    /// The style sheet of a figure: the same in a file of its own and in the report.
    package static let figureStyle: String = {
        let font = ".vae-figure text{font-family:\(sansSerif);font-size:12px;font-variant-numeric:tabular-nums}"
        let shape = """
            .vae-figure path{fill:none}
            .vae-figure .heading{font-size:20px;font-weight:600;letter-spacing:-.01em}
            .vae-figure .title{font-size:14px;font-weight:600}
            .vae-figure .tick{font-size:11px}
            .vae-figure .mark{font-size:15px;font-weight:700;stroke-width:3.5px;stroke-linejoin:round;paint-order:stroke}
            .vae-figure .hairline{stroke-width:1px}
            .vae-figure .prior{stroke-width:1.25px;stroke-dasharray:4 4;stroke-opacity:.75}
            .vae-figure .curve{stroke-width:2px;stroke-linejoin:round;stroke-linecap:round}
            .vae-figure .dots{stroke-linecap:round}
            .vae-figure .dot{stroke-width:7px;stroke-linecap:round}
            .vae-figure .key{stroke-width:10px;stroke-linecap:round}
            """
        return [
            font, shape, colorRules(\.light), "@media screen and (prefers-color-scheme:dark){", colorRules(\.dark),
            // Ink on paper becomes light on dark, and its black the page's own.
            ".vae-figure .ink{filter:invert(1);mix-blend-mode:lighten}", "}",
        ]
        .joined(separator: "\n")
    }()

    private static func colorRules(_ scheme: KeyPath<Color, String>) -> String {
        let series = [training, validation].map { color in
            ".vae-figure path.\(color.name){stroke:\(color[keyPath: scheme])}"
                + ".vae-figure text.\(color.name){fill:\(color[keyPath: scheme])}"
        }
        let classRules = classes.map { ".vae-figure .\($0.name){stroke:\($0[keyPath: scheme])}" }
        let rules = [
            ".vae-figure text{fill:\(ink[keyPath: scheme])}",
            ".vae-figure text.muted,.vae-figure text.tick{fill:\(muted[keyPath: scheme])}",
            ".vae-figure .paper{fill:\(paper[keyPath: scheme])}",
            ".vae-figure .mark{stroke:\(paper[keyPath: scheme])}",
            ".vae-figure .grid{stroke:\(grid[keyPath: scheme])}",
            ".vae-figure .rule{stroke:\(rule[keyPath: scheme])}",
            ".vae-figure .prior{stroke:\(ink[keyPath: scheme])}",
        ]
        return (rules + series + classRules).joined(separator: "\n")
    }
}
