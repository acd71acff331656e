extension HTMLReport {
    /// A row an epoch; the lowest val_loss stands out.
    static func write(_ epochs: [EpochLosses], to page: inout Markup) {
        let hasValidation = epochs.contains { $0.validation != nil }
        let names = ["loss", "reconstruction_loss", "kl_loss"]
        let best = epochs.filter { $0.validation?.loss.isFinite ?? false }
            .min { ($0.validation?.loss ?? 0) < ($1.validation?.loss ?? 0) }
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
                            for value in epoch.training.columns { row.element("td", text: value) }
                            if hasValidation {
                                for value in epoch.validation?.columns ?? ["", "", ""] {
                                    row.element("td", text: value)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension EpochLosses.Losses {
    fileprivate var columns: [String] {
        [loss, reconstruction, kl].map { NumberText.typeset(NumberText.fixed($0, places: 2)) }
    }
}
