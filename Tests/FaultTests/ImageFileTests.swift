import Datasets
import Formats
import Foundation
import Runs
import Settings
import TestSupport
import Testing
import Training

/// Trainings whose images stay in a file: the same bytes as from memory, and what becomes of them where the file fails.
@Suite struct ImageFileTests {
    private let scratch = Scratch()
    private var cache: [String: String] { ["XDG_CACHE_HOME": scratch.hidden("cache")] }

    private static let (count, side) = (60, 28)

    /// Images of noise, one behind the other.
    private static let pixels: [UInt8] = (0..<count * side * side).map {
        UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13)
    }

    /// The same images as a folder of PNGs, in one NumPy array, and as IDX, which is held in memory.
    private func writeSets() throws {
        let size = Self.side * Self.side
        for image in 0..<Self.count {
            let pixels = Array(Self.pixels[image * size..<(image + 1) * size])
            try scratch.write(
                PNG.encode(width: Self.side, height: Self.side, channels: 1, pixels: pixels),
                to: "folder/\(image + 100).png")
        }
        try scratch.write(Self.npy([Self.count, Self.side, Self.side]) + Self.pixels, to: "array.npy")
        let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(Self.count), 0, 0, 0, 28, 0, 0, 0, 28]
        try scratch.write(header + Self.pixels, to: "idx/train-images-idx3-ubyte")
    }

    /// What stands before the bytes of an array (NumPy's format 1.0).
    private static func npy(_ shape: [Int]) -> [UInt8] {
        let words = shape.map { "\($0)" }.joined(separator: ", ")
        var text = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(words)), }"
        text += String(repeating: " ", count: 118 - 1 - text.count) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8)
    }

    private func arguments(_ set: String, _ run: String, epochs: Int = 2) -> [String] {
        ["train", set, "--epochs", "\(epochs)", "--batch-size", "8", "--no-figures", "--out", run]
    }

    private func checkpoint(_ run: String, _ name: String = "last") throws -> [UInt8] {
        try scratch.bytes("\(run)/checkpoints/\(name).safetensors")
    }

    @Test func filesGiveTheBytesOfMemory() throws {
        try writeSets()
        for set in ["folder", "array.npy", "idx"] {
            let outcome = try Program.vae.run(arguments(set, "run-\(set)"), in: scratch, environment: cache)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        for name in ["last", "best", "previous"] {
            let held = try checkpoint("run-idx", name)
            #expect(try checkpoint("run-folder", name) == held)
            #expect(try checkpoint("run-array.npy", name) == held)
        }
        // How long threads waited for a file is told of sets in files alone.
        for (set, isTold) in [("folder", true), ("array.npy", true), ("idx", false)] {
            let lines = try scratch.text("run-\(set)/metrics.jsonl").split(separator: "\n")
            #expect(lines.count == 2 && lines.allSatisfy { $0.contains("\"data_wait\":") == isTold })
        }
    }

    /// What happens to the file of a training's images while it learns, and what is said of it.
    enum Damage: CaseIterable {
        case cut, written

        func happen(to path: String) throws {
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            switch self {
            case .cut: try file.truncate(atOffset: 900)
            case .written:
                try file.seek(toOffset: 500)
                try file.write(contentsOf: [1, 2, 3])
            }
            try file.close()
        }
    }

    @Test(arguments: Damage.allCases)
    func aFileThatChangesStopsTheLoopByName(_ damage: Damage) throws {
        let path = scratch.path + "/images"
        try scratch.write(SmallModel.pixels(20), to: "images")
        let images = ImageDataset(
            name: "images", shape: [10, 9, 2], file: try PixelFile(path, from: 0, count: 20, imageSize: 180),
            labels: nil, classNames: nil, fileNames: nil)
        let configuration = TrainingConfiguration(
            architecture: SmallTraining.architecture, objective: .tutorial, epochs: 3, batchSize: 4, seed: 2)
        let loop = try TrainingLoop(configuration, images: images, validation: images, threads: 1)
        var (steps, kept) = (0, [UInt8]())
        let error = #expect(throws: FormatError.self) {
            _ = try loop.run(
                shouldStop: { false },
                onStep: { _ in
                    steps += 1
                    kept = try loop.checkpoint.serialized()
                    // Amid the second epoch.
                    if steps == 7 { try damage.happen(to: path) }
                }, onEpoch: { _ in })
        }
        #expect(error?.source == path && steps == 7)
        #expect(try loop.checkpoint.serialized() == kept)
    }

    /// Through the program, while the cache's file is read: the last checkpoint is whole, and going on decodes anew and
    /// ends as if nothing had been.
    @Test(arguments: Damage.allCases)
    func aCacheThatChangesStopsATraining(_ damage: Damage) throws {
        try writeSets()
        #expect(
            try Program.vae.run(arguments("folder", "whole", epochs: 12), in: scratch, environment: cache).status == 0)
        let running = try Program.vae.start(
            arguments("folder", "run", epochs: 12) + ["--checkpoint-every", "1"], in: scratch, environment: cache)
        while running.process.isRunning, !scratch.exists("run/checkpoints/last.safetensors") { usleep(500) }
        let folder = scratch.hidden("cache") + "/vae/pictures"
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
        try damage.happen(to: "\(folder)/\(name)")
        let outcome = try running.wait()
        #expect(outcome.status == 65)
        let last = try #require(outcome.errors.split(separator: "\n").last)
        #expect(last.hasPrefix("Error: \(folder)/\(name)"), "\(outcome.errors)")
        let kept = try RunFolder(opening: scratch.path + "/run").checkpoint(.last)
        #expect(kept.state.step > 0 && kept.state.epoch < 12)
        // One that was written to is whole to who opens it; the check of its bytes is `vae data verify`.
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        let resumed = try Program.vae.run(
            ["train", "--resume", "last", "--out", "run", "--no-figures"], in: scratch, environment: cache)
        #expect(resumed.status == 0, "\(resumed.errors)")
        for name in ["last", "best"] { #expect(try checkpoint("run", name) == checkpoint("whole", name)) }
    }

    #if os(Linux)
        /// A set of ten times the memory that the process may have; all of it in `make soak`, else its first images.
        @Test func aSetMayBeTenTimesLargerThanTheMemory() throws {
            let (side, limit) = (96, 270_000 << 10)
            let count = 10 * limit / (side * side)
            try scratch.write(
                """
                image: [96, 96, 1]
                encoder:
                  - average_pooling2d: 12
                  - flatten
                latent: 2
                decoder:
                  - dense: 64
                  - reshape: [8, 8, 1]
                  - up_sampling2d: 12
                objective: {likelihood: squared_error}
                training: {epochs: 1, batch_size: 256}
                """, to: "tiny.yaml")
            try scratch.write(Self.npy([count, side, side]) + Self.pixels, to: "large.npy")
            // No disk space is taken for the rest, which is black.
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.path + "/large.npy"))
            try file.truncate(atOffset: UInt64(128 + count * side * side))
            try file.close()
            let isSoak = ProcessInfo.processInfo.environment["VAE_SOAK_KILLS"] != nil
            let command =
                "exec '\(Program.vae.path)' train large.npy --recipe tiny.yaml --threads 1 --no-figures --json"
                + (isSoak ? "" : " --limit 4000")
            let free = try Program.shell.run(["-c", "\(command) --out free"], in: scratch)
            let bound = try Program.shell.run(
                ["-c", "ulimit -v \(limit >> 10); \(command) --out bound"], in: scratch)
            #expect(free.status == 0 && bound.status == 0, "\(free.errors)\(bound.errors)")
            for name in ["last", "best"] { #expect(try checkpoint("bound", name) == checkpoint("free", name)) }
            let peak = try JSONValue(parsing: Array(free.output.utf8), source: "stdout")["peak_memory_bytes"]?.integer
            #expect(try #require(peak) < limit)
        }
    #endif
}
