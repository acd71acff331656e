import Settings

/// In what two runs differ.
package struct RunComparison: Sendable {
    /// A value of both; nil where a run has none.
    package struct Difference: Sendable {
        package let name: String
        package let first, second: JSONValue?
    }

    /// The model and its training.
    package let settings: [Difference]
    /// The images, and the program.
    package let data: [Difference]
    /// Of the last epoch, and behind `best_` of the best one.
    package let metrics: [Difference]

    package init(_ first: ListedRun, _ second: ListedRun) {
        func differences(
            _ columns: (ListedRun) -> [(name: String, value: JSONValue)]
        ) -> [Difference] {
            let (ours, theirs) = (
                columns(first).filter { $0.value != .null }, columns(second).filter { $0.value != .null }
            )
            let names = ours.map(\.name) + theirs.map(\.name).filter { name in !ours.contains { $0.name == name } }
            return names.map { name in
                Difference(
                    name: name, first: ours.first { $0.name == name }?.value,
                    second: theirs.first { $0.name == name }?.value)
            }.filter { $0.first != $0.second }
        }
        var settings = differences { $0.run?.configuration.settingColumns ?? [] }
        // The same name, and other layers.
        let unlisted = first.run.flatMap { one in
            second.run.map { one.configuration.training.differences(from: $0.configuration.training) }
        }?.first { $0.setting == "architecture" }
        if let unlisted, !settings.contains(where: { $0.name == "model" }) {
            settings.append(
                Difference(name: "model", first: .string(unlisted.run), second: .string(unlisted.now)))
        }
        self.settings = settings
        data = differences { $0.run?.configuration.dataColumns ?? [] }
        metrics = differences { run in
            var columns = run.last.map { [("epoch", JSONValue.integer($0.epoch))] + $0.columns(prefix: "") } ?? []
            columns += run.best.map { [("best_epoch", .integer($0.epoch))] + $0.columns(prefix: "best_") } ?? []
            return columns
        }
    }
}
