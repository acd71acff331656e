import Formats
import Foundation
import TestSupport
import Testing

@testable import Runs

/// By which names a run knows its own.
@Suite struct RunPartTests {
    @Test(arguments: [
        "config.json", "metrics.jsonl", "report.html", "checkpoints/last.safetensors", "checkpoints/best.safetensors",
        "checkpoints/previous.safetensors", "checkpoints/epoch-0012.safetensors",
        "checkpoints/last.damaged.safetensors", "figures/losses.svg", "figures/grid.png", "nan/step-17.npz",
        ".vae-tags.json",
    ])
    func whatARunWritesIsItsOwn(_ part: String) {
        #expect(RunPart.isOurs(part))
    }

    @Test(arguments: [
        "", "notes.txt", "checkpoints", "figures", "checkpoints/favourite.safetensors",
        "checkpoints/last.safetensors.bak",
        "checkpoints/epoch-12.safetensors", "checkpoints/deep/last.safetensors", "figures/mine.png", "figures/grid.pdf",
        "figures/grid", "nan/step-.npz", "nan/step-x.npz", "nan/step-01.npz", "last.safetensors", "other/config.json",
        ".lock", "tags.json",
    ])
    func whatLiesBesideIsItsOwners(_ part: String) {
        #expect(!RunPart.isOurs(part))
    }

    @Test func aFolderIsSearchedAndSoIsOneThatALinkLeadsTo() throws {
        let scratch = Scratch()
        for name in [
            "run/config.json", "run/notes.txt", "run/checkpoints/last.safetensors", "run/checkpoints/x", "out/grid.png",
            "out/mine.png",
        ] {
            try scratch.write("x", to: name)
        }
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/run/figures", withDestinationPath: scratch.path + "/out")
        #expect(
            try RunPart.parts(in: scratch.path + "/run").sorted() == [
                "checkpoints/last.safetensors", "config.json", "figures/grid.png",
            ])
        #expect(try RunPart.parts(in: scratch.path + "/nowhere") == [])
    }
}
