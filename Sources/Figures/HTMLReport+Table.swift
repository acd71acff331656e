extension HTMLReport {
    /// A row an epoch; the lowest val_loss stands out.
    static func write(_ epochs: [EpochLosses], to page: inout Markup) {
        let hasValidation = epochs.contains { $0.validation != nil }
        let names = epochs.first?.training.map(\.name) ?? []
        func total(_ epoch: EpochLosses) -> Double? { epoch.validation?.first?.value }
        let best = epochs.filter { total($0)?.isFinite ?? false }.min { (total($0) ?? 0) < (total($1) ?? 0) }
        page.element("div", ["class": "scroll", "tabindex": "0"]) { scroll in
            scroll.element("table") { table in
                table.element("thead") { head in
                    head.element("tr") { row in
                        for name in ["epoch"] + names + (hasValidation ? names.map { "val_" + $0 } : []) {
                            row.element("th", ["scope": "col"], text: name)
                        }
                    }
                }
                table.element("tbody") { body in
                    for epoch in epochs {
                        body.element("tr", epoch == best ? ["class": "best"] : [:]) { row in
                            row.element("th", ["scope": "row"], text: "\(epoch.epoch)")
                            for name in names { row.element("td", text: words(name, in: epoch.training)) }
                            if hasValidation {
                                for name in names { row.element("td", text: words(name, in: epoch.validation ?? [])) }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func words(_ name: String, in losses: [EpochLosses.Loss]) -> String {
        losses.first { $0.name == name }.map { NumberText.typeset(NumberText.fixed($0.value, places: 2)) } ?? ""
    }
}
