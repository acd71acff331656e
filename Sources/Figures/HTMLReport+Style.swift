extension HTMLReport {
    /// The page's style sheet; the figures' own is `Theme.figureStyle`.
    static let style: String = {
        let colors = [
            Theme.paper, Theme.ink, Theme.muted, Theme.rule, Theme.grid, Theme.warning, Theme.warningRule,
        ]
        func variables(_ scheme: KeyPath<Theme.Color, String>) -> String {
            colors.map { "--\($0.name):\($0[keyPath: scheme])" }.joined(separator: ";")
        }
        return """
            :root{color-scheme:light dark;\(variables(\.light))}
            @media screen and (prefers-color-scheme:dark){:root{\(variables(\.dark))}}
            *{box-sizing:border-box}
            html{-webkit-text-size-adjust:100%}
            body{margin:0 auto;padding:72px 32px 48px;max-width:992px;background:var(--paper);color:var(--ink);\
            font:16px/1.6 \(Theme.sansSerif);font-variant-numeric:tabular-nums}
            h1{margin:0;font-size:40px;line-height:1.15;font-weight:650;letter-spacing:-.025em;overflow-wrap:anywhere}
            h2{margin:0 0 12px;font-size:22px;line-height:1.3;font-weight:650;letter-spacing:-.015em}
            p,ul{margin:0 0 14px;max-width:68ch}
            ul{padding-left:1.2em}
            .subtitle{margin-top:10px;color:var(--muted);font-size:18px}
            section{margin-top:72px}
            .warnings{margin:28px 0 0;padding:14px 20px;background:var(--warning);\
            border-left:4px solid var(--warning-rule);border-radius:2px 6px 6px 2px}
            .warnings p{margin:0}.warnings p+p{margin-top:8px}
            .numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:28px 24px;\
            margin:40px 0 0;padding:24px 0;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule)}
            .numbers dt{font-size:13px;color:var(--muted)}
            .numbers dd{margin:0;font-size:30px;line-height:1.3;font-weight:600;letter-spacing:-.02em}
            .numbers .note{font-size:13px;font-weight:400;letter-spacing:0;color:var(--muted)}
            figure{margin:32px 0 0}section>figure:nth-of-type(n+2){margin-top:56px}
            figcaption{margin-top:14px;max-width:76ch;font-size:14px;line-height:1.55;color:var(--muted)}
            figcaption strong{color:var(--ink);font-weight:600}
            .row{display:flex;flex-wrap:wrap}.row+.row{margin-top:16px}
            .row svg{display:block;overflow:visible;max-width:100%;height:auto;flex:none}
            code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
            p code,li code{display:inline-block;max-width:100%}
            pre{margin:0 0 16px;padding:14px 18px;overflow-x:auto;background:var(--grid);border-radius:6px}
            .settings{margin:0;columns:2;column-gap:48px}
            .settings div{display:flex;justify-content:space-between;gap:16px;padding:7px 0;\
            border-bottom:1px solid var(--grid);break-inside:avoid;font-size:15px}
            .settings dt{color:var(--muted)}.settings dd{margin:0;text-align:right;overflow-wrap:anywhere}
            .scroll{overflow:auto;max-height:720px}
            table{width:100%;border-collapse:collapse;font-size:14px;line-height:1.35}
            th,td{padding:6px 0 6px 20px;text-align:right;white-space:nowrap;font-weight:400}
            th:first-child{padding-left:0;text-align:left;color:var(--muted)}
            thead th{position:sticky;top:0;background:var(--paper);color:var(--muted);font-size:13px;\
            box-shadow:inset 0 -1px var(--rule)}
            tbody tr{border-bottom:1px solid var(--grid)}
            .best td,.best th:first-child{font-weight:650;color:var(--ink)}
            footer{margin-top:88px;padding-top:20px;border-top:1px solid var(--rule);font-size:13px;color:var(--muted)}
            footer p{margin:0 0 4px;max-width:none;overflow-wrap:anywhere}
            @media (max-width:640px){body{padding:40px 18px 32px}h1{font-size:30px}section{margin-top:52px}\
            .settings{columns:1}.numbers{grid-template-columns:repeat(2,1fr)}.numbers dd{font-size:25px}\
            .vae-figure.wide text,.vae-figure.wide text.tick{font-size:24px}}
            @media screen and (min-width:1900px){html{zoom:1.2}}
            @media screen and (min-width:2800px){html{zoom:1.75}}
            @media print{body{padding:0;max-width:none;font-size:11pt}.row{zoom:.72}section{margin-top:32pt}\
            figure,.numbers,.warnings,tr{break-inside:avoid}h2{break-after:avoid}.scroll{max-height:none;overflow:visible}}
            """
    }()
}
