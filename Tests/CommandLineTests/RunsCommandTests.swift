import Foundation
import TestSupport
import Testing

/// `vae runs` as its users call it: status and words.
@Suite struct RunsCommandTests {
    private func vae(_ command: String, in scratch: Scratch) throws -> Program.Outcome {
        try Program.vae.run(command.split(separator: " ").map(String.init), in: scratch)
    }

    private func runs() throws -> Scratch {
        let scratch = try TrainedRun.copy()
        try scratch.copy(scratch, "run", as: "runs/a")
        try scratch.copy(scratch, "run", as: "runs/b")
        // The second one stopped after an epoch.
        let line = try scratch.text("runs/b/metrics.jsonl").split(separator: "\n")[0]
        try scratch.write(line + "\n", to: "runs/b/metrics.jsonl")
        return scratch
    }

    @Test func runsAreListed() throws {
        let scratch = try runs()
        for command in ["runs", "runs list", "runs list runs", "runs list runs/a runs/b"] {
            let outcome = try vae(command, in: scratch)
            #expect(outcome.status == 0 && outcome.errors == "")
            let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(lines.map(\.count).min() == 9)
            #expect(
                lines[0] == [
                    "name", "state", "epoch", "epochs", "latent", "val_loss", "best_val_loss", "updated", "size",
                ])
            #expect(lines[1].prefix(5) == ["a", "finished", "2", "2", "2"])
            #expect(lines[2].prefix(5) == ["b", "interrupted", "1", "2", "2"])
        }
    }

    @Test func columnsConditionsAndOrderAreChosen() throws {
        let scratch = try runs()
        func output(_ words: String) throws -> String { try vae("runs list " + words, in: scratch).output }
        #expect(
            try output("--columns name,epoch,seed --sort epoch")
                == "name  epoch  seed\nb         1     3\na         2     3\n")
        #expect(try output("--columns name --sort epoch --reverse") == "name\na\nb\n")
        #expect(try output("--columns name --filter epoch<2") == "name\nb\n")
        #expect(try output("--paths --filter state=finished --filter latent!=8") == "runs/a\n")
        let json = try output("--json --columns name,latent,beta")
        #expect(
            json == #"{"runs":[{"name":"a","latent":2,"beta":1.0},{"name":"b","latent":2,"beta":1.0}]}"# + "\n")
        let all = try JSONSerialization.jsonObject(with: Data(try output("--json").utf8)) as? [String: [[String: Any]]]
        let first = try #require(all?["runs"]?.first)
        #expect(first["state"] as? String == "finished" && first["val_loss"] is Double && first["tags"] is [Any])
        #expect(first["path"] as? String == "runs/a" && first["best_epoch"] is Int && first["batch_size"] as? Int == 64)
        let none = try vae("runs list --filter latent=9", in: scratch)
        #expect(none.status == 0 && none.output == "" && none.errors == "No run is so.\n")
    }

    @Test(arguments: [
        ("runs list nowhere", 66, "Error: nowhere: no such run\n"),
        ("runs list --sort vall_loss", 64, "Error: no run has a column called vall_loss; did you mean val_loss?\n"),
        (
            "runs list --columns name,xyzzyx", 64,
            "Error: no run has a column called xyzzyx; vae runs show RUN lists them\n"
        ),
        ("runs list --columns name,", 64, "Error: --columns: expected names with commas, found 'name,'.\n"),
        ("runs list --paths --json", 64, "Error: --paths takes neither --columns nor --json.\n"),
        ("runs list --reverse", 64, "Error: --reverse takes --sort.\n"),
        (
            "runs list --filter latent", 64,
            "Error: The value 'latent' is invalid for '--filter <condition>': expected a condition such as latent=8 or "
                + "'val_loss<30'\n"
        ),
        ("runs show nowhere", 66, "Error: nowhere: no such run\n"),
        ("runs show runs", 65, "Error: runs: expected a run folder, found no config.json in it\n"),
        ("runs diff runs/a nowhere", 66, "Error: nowhere: no such run\n"),
        ("runs rm nowhere --yes", 66, "Error: nowhere: no such run\n"),
        ("runs rm runs --yes", 65, "Error: runs: expected a run folder, found no config.json in it\n"),
        ("runs rm runs/a", 64, "Error: nobody is there to ask: --yes removes without a question\n"),
        (
            "runs tag runs/a best", 64,
            "Error: expected +WORD or -WORD, a word of 1 to 64 letters, digits and -_.:/ each, found 'best'.\n"
        ),
        ("runs tag nowhere +best", 66, "Error: nowhere: no such run\n"),
        ("runs lst", 64, "Error: There is no command 'runs lst'. Did you mean 'runs list'?\n"),
    ])
    func whatCannotBeDoneIsRefused(_ command: String, _ status: Int32, _ words: String) throws {
        let scratch = try runs()
        let before = scratch.files("runs")
        let outcome = try vae(command, in: scratch)
        #expect(outcome.status == status)
        #expect(outcome.errors.hasPrefix(words), "\(outcome.errors)")
        #expect(outcome.output == "")
        #expect(scratch.files("runs") == before)
    }

    @Test func oneRunIsShown() throws {
        let scratch = try runs()
        let shown = try vae("runs show runs/a", in: scratch)
        #expect(shown.status == 0)
        for line in [
            /latent +2\n/, /state +finished\n/, /val_loss +[0-9.]+\n/, /checkpoint +best, after [12] epochs?\n/,
        ] {
            #expect(shown.output.contains(line), "\(shown.output)")
        }
        let json = try vae("runs show runs/a --json", in: scratch).output
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let points = try #require(object["checkpoints"] as? [[String: Any]])
        #expect(points.first?["name"] as? String == "last" && points.first?["epoch"] as? Int == 2)
    }

    @Test func twoRunsAreCompared() throws {
        let scratch = try runs()
        let same = try vae("runs diff runs/a runs/a", in: scratch)
        #expect(same.output == "" && same.errors == "The two runs are the same in all that their files say.\n")
        let outcome = try vae("runs diff runs/a runs/b", in: scratch)
        #expect(outcome.status == 0 && outcome.errors == "Settings and data are the same.\n")
        #expect(outcome.output.contains(/\nmetrics\n  epoch +2 +1\n/), "\(outcome.output)")
        let json = try vae("runs diff runs/a runs/b --json", in: scratch).output
        #expect(json.hasPrefix(#"{"runs":["runs/a","runs/b"],"settings":{},"data":{},"metrics":{"epoch":[2,1],"#))
    }

    @Test func tagsAreGivenAndTaken() throws {
        let scratch = try runs()
        #expect(try vae("runs tag runs/a +best +p/1 -none", in: scratch).output == "best\np/1\n")
        #expect(try vae("runs tag runs/a -best -h", in: scratch).output == "p/1\n")
        #expect(try vae("runs tag runs/a", in: scratch).output == "p/1\n")
        #expect(
            try vae("runs list --columns name,tags --filter tags=p/1", in: scratch).output == "name  tags\na     p/1\n")
        #expect(try vae("runs list", in: scratch).output.contains(/size +tags\n/))
        #expect(try vae("verify runs/a", in: scratch).status == 0)
        #expect(try vae("train --resume last --out runs/a", in: scratch).status == 0)
        #expect(try vae("runs tag runs/a", in: scratch).output == "p/1\n")
    }

    @Test func runsAreRemovedTogetherOrNotAtAll() throws {
        let scratch = try runs()
        try scratch.write("mine", to: "runs/b/notes.txt")
        let refused = try vae("runs rm --yes runs/a nowhere", in: scratch)
        #expect(refused.status == 66 && scratch.exists("runs/a/config.json"))
        let outcome = try vae("runs rm --yes runs/a runs/b runs/a/", in: scratch)
        #expect(outcome.status == 0 && outcome.output == "")
        let words =
            /removed runs\/a: 7 files, \d+.\d MB\nremoved runs\/b: 7 files, \d+.\d MB; kept notes.txt, which no run wrote\n/
        #expect(outcome.errors.wholeMatch(of: words) != nil, "\(outcome.errors)")
        #expect(scratch.files("runs") == ["b/notes.txt"])
    }

    #if os(Linux)
        /// Who sits at a terminal is asked, and anything but a yes keeps the run.
        @Test(arguments: [("y\n", false), ("yes\n", false), ("n\n", true), ("\n", true)])
        func aPersonIsAsked(_ answer: String, _ stays: Bool) throws {
            let scratch = try runs()
            var (ours, theirs) = (Int32(-1), Int32(-1))
            try #require(openpty(&ours, &theirs, nil, nil, nil) == 0)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Program.vae.path)
            process.arguments = ["runs", "rm", "runs/a"]
            process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
            let terminal = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
            (process.standardInput, process.standardError) = (terminal, terminal)
            process.standardOutput = FileHandle.nullDevice
            #expect(write(ours, answer, answer.utf8.count) == answer.utf8.count)
            try process.run()
            try terminal.close()
            var (bytes, part) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
            while case let count = read(ours, &part, part.count), count > 0 { bytes += part.prefix(count) }
            close(ours)
            process.waitUntilExit()
            #expect(String(decoding: bytes, as: UTF8.self).contains("Remove it? [y/N] "))
            #expect(process.terminationStatus == (stays ? 64 : 0))
            #expect(scratch.exists("runs/a/config.json") == stays)
        }
    #endif
}
