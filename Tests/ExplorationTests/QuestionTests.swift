import Exploration
import Formats
import Foundation
import Runs
import Settings
import Tensors
import TestSupport
import Testing

/// Questions as they come from outside, and the forms of answers.
@Suite struct QuestionTests {
    private let runs = SmallRuns()

    private func ask(_ question: Question, _ json: String) async throws -> any Answer {
        try await runs.train("run")
        return try await runs.explorer().model(run: "run").answer(question, .json(Array(json.utf8)))
    }

    private static let zeros = "[\(Array(repeating: "0", count: 180).joined(separator: ","))]"
    private static let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
    private static let many = "[" + Array(repeating: "[0,0,0]", count: 1025).joined(separator: ",") + "]"

    @Test(
        arguments: [
            (.decode, "", "the request, byte 0: expected a JSON value, found the end"),
            (.decode, "[]", "the request: expected a JSON object, found an array"),
            (.decode, "{}", "z: expected an array of arrays of numbers, found no z"),
            (.decode, #"{"z":null}"#, "z: expected an array of arrays of numbers, found null"),
            (.decode, #"{"z":[]}"#, "z: expected 1 to 1024 rows, found 0"),
            (.decode, #"{"z":[0,0,0]}"#, "z: expected an array of arrays of numbers, found a number"),
            (.decode, #"{"z":[[]]}"#, "z: expected 3 values, the latent dimensions in a row, found 0"),
            (.decode, #"{"z":[[0,0]]}"#, "z: expected 3 values, the latent dimensions in a row, found 2"),
            (.decode, #"{"z":[[0,0,0],[0]]}"#, "z: expected rows of one length, found 3 and 1 values"),
            (.decode, #"{"z":[[0,0,"x"]]}"#, "z: expected numbers, found a string"),
            (.decode, #"{"z":[[0,0,"NaN"]]}"#, "z: expected values from -10000 to 10000, found nan"),
            (.decode, #"{"z":[[0,0,1e38]]}"#, "z: expected values from -10000 to 10000, found 1e+38"),
            (.decode, #"{"z":[[0,0,1e300]]}"#, "z: expected values from -10000 to 10000, found inf"),
            (.decode, #"{"z":\#(many)}"#, "z: expected 1 to 1024 rows, found 1025"),
            (
                .decode, #"{"z":\#(deep)}"#,
                "the request, byte 68: expected JSON nested at most 64 deep, found a deeper value"
            ),
            (
                .encode, #"{"images":[[0,1]]}"#, "images: expected 180 values, an image [10, 9, 2], in a row, found 2"
            ),
            (
                .score, #"{"images":[\#(zeros.replacing("[0,", with: "[255,"))]}"#,
                "images: expected pixel values from 0 to 1.25, found 255.0"
            ),
            (
                .score, #"{"images":[\#(zeros.replacing("[0,", with: "[-1,"))]}"#,
                "images: expected pixel values from 0 to 1.25, found -1.0"
            ),
            (
                .encode, #"{"images":[\#(zeros.replacing("[0,", with: "[1.26,"))]}"#,
                "images: expected pixel values from 0 to 1.25, found 1.26"
            ),
            (
                .activations, #"{"image":\#(zeros.replacing("[0,", with: "[-1e-6,"))}"#,
                "image: expected pixel values from 0 to 1.25, found -1e-06"
            ),
            (
                .sample, #"{"counts":3}"#,
                "the request: expected no names but count, seed, found counts; did you mean count?"
            ),
            (
                .sample, #"{"count":3,"temperature":1}"#,
                "the request: expected no names but count, seed, found temperature"
            ),
            (.decode, #"{"z":[[0,0,0]],"Z":[]}"#, "the request: expected no names but z, found Z; did you mean z?"),
            (
                .interpolate, #"{"from":[0,0,0],"to":[1,1,1],"step":3}"#,
                "the request: expected no names but from, to, steps, path, found step; did you mean steps?"
            ),
            (
                .activations, #"{"z":[0,0,0],"image":\#(zeros)}"#,
                "z: expected no image beside it, found one"
            ),
            (.activations, #"{"z":[0,0,0],"epsilon":[0,0,0]}"#, "z: expected no epsilon beside it, found one"),
            (
                .reconstruct, #"{"images":[\#(zeros)],"seed":-1}"#,
                "seed: expected a whole number from 0 or null, found -1"
            ),
            (.sample, #"{"count":0}"#, "count: expected 1 to 1024, found 0"),
            (.sample, #"{"count":1025}"#, "count: expected 1 to 1024, found 1025"),
            (.sample, #"{"count":1.5}"#, "count: expected a whole number, found 1.5"),
            (
                .interpolate, #"{"from":[0,0,0],"to":[1,1]}"#,
                "to: expected 3 values, the latent dimensions in a row, found 2"
            ),
            (.interpolate, #"{"from":[0,0,0],"to":[1,1,1],"steps":257}"#, "steps: expected 2 to 256, found 257"),
            (
                .interpolate, #"{"from":[0,0,0],"to":[1,1,1],"path":"short"}"#,
                #"path: expected "linear" or "spherical", found "short""#
            ),
            (
                .neighbors, #"{"z":[0,0,0],"split":"both"}"#,
                #"split: expected "training" or "validation" or "test" or "train", found "both""#
            ),
            (
                .neighbors, #"{"z":[0,0,0],"count":9223372036854775807}"#,
                "count: expected 1 to 1024, found 9223372036854775807"
            ),
            (.activations, "{}", "image: expected an array of numbers, found no image"),
            (
                .activations, #"{"image":\#(zeros),"epsilon":[0]}"#,
                "epsilon: expected 3 values, the latent dimensions in a row, found 1"
            ),
            (.grid, #"{"side":1000000}"#, "side: expected 2 to 64, found 1000000"),
            (.grid, #"{"side":1}"#, "side: expected 2 to 64, found 1"),
            (.grid, #"{"range":[1,1]}"#, "range: expected two rising numbers from -10000 to 10000, found [1,1]"),
            (.grid, #"{"x":1,"y":1}"#, "x and y: expected two different dimensions below 3, found 1 and 1"),
            (.grid, #"{"x":-1}"#, "x and y: expected two different dimensions below 3, found -1 and 1"),
        ] as [(Question, String, String)])
    func nonsenseIsNamed(_ question: Question, _ json: String, _ words: String) async throws {
        let error = await #expect(throws: ExplorationError.self) { _ = try await ask(question, json) }
        #expect(error?.description == words)
        #expect(error?.kind == .invalid)
    }

    @Test(
        arguments: [
            (.encode, #"{"images":[\#(zeros)]}"#, ["mean", "log_variance"]),
            (.decode, #"{"z":[[0,1,2]]}"#, ["images", "shape"]),
            (.reconstruct, #"{"images":[\#(zeros)],"seed":null}"#, ["z", "images", "shape", "mean", "log_variance"]),
            (.sample, "{}", ["z", "images", "shape"]),
            (.interpolate, #"{"from":[0,0,0],"to":[1,1,1],"path":"spherical"}"#, ["z", "images", "shape", "path"]),
            (
                .score, #"{"images":[\#(zeros)]}"#,
                ["loss", "reconstruction_loss", "kl_loss", "kl_per_dimension", "percentile"]
            ),
            (.neighbors, #"{"z":[0,0,0]}"#, ["neighbors"]),
            (
                .activations, #"{"z":[0,0,0]}"#,
                ["layers", "mean", "log_variance", "epsilon", "z", "image", "reconstruction_loss", "kl_loss"]
            ),
            (
                .activations, #"{"image":\#(zeros),"epsilon":null}"#,
                ["layers", "mean", "log_variance", "epsilon", "z", "image", "reconstruction_loss", "kl_loss"]
            ),
            (.grid, #"{"side":2}"#, ["z", "images", "shape"]),
        ] as [(Question, String, [String])])
    func everyAnswerIsStrictJSON(_ question: Question, _ json: String, _ members: [String]) async throws {
        let answer = try await ask(question, json)
        let value = try JSONValue(parsing: answer.json, source: "answer")
        #expect(value.object?.map(\.key) == members)
    }

    @Test func numbersComeBackWithinSixDigits() async throws {
        try await runs.train("run")
        let model = try await runs.explorer().model(run: "run")
        let z = SmallRuns.rows(3, width: 3)
        let answer = try await model.decode(z)
        let json = try JSONValue(parsing: answer.json, source: "answer")
        #expect(json["shape"] == [10, 9, 2])
        let images = try #require(json["images"]?.array)
        #expect(images.count == 3)
        let values = images.flatMap { $0.array?.compactMap(\.number) ?? [] }.map { Float($0) }
        #expect(relativeError(values, answer.images.values) < 5e-6)

        // The same question as raw numbers, and the same answer.
        var octets: [UInt8] = []
        octets.append(littleEndian: z.values)
        let raw = try #require(try await model.answer(.decode, .octets(octets)).octets)
        var expected: [UInt8] = []
        expected.append(littleEndian: answer.images.values)
        #expect(raw == expected)
        for wrong in [[], [0], Array(octets.dropLast()), Array(octets.dropLast(4))] as [[UInt8]] {
            let error = await #expect(throws: ExplorationError.self) {
                _ = try await model.answer(.decode, .octets(wrong))
            }
            #expect(
                error?.description
                    == "z: expected rows of 3 Float32 values, 12 bytes each, found \(counted(wrong.count, "byte"))")
        }
        let error = await #expect(throws: ExplorationError.self) {
            _ = try await model.answer(.sample, .octets(octets))
        }
        #expect(error?.kind == .invalid)
        // Pixels that come as raw numbers are judged as others are.
        var pixels = [Float](repeating: 0.5, count: 180)
        pixels[7] = -0.5
        var image: [UInt8] = []
        image.append(littleEndian: pixels)
        for question in [Question.encode, .reconstruct, .score, .activations] {
            let error = await #expect(throws: ExplorationError.self) {
                _ = try await model.answer(question, .octets(image))
            }
            #expect(error?.description.hasSuffix(": expected pixel values from 0 to 1.25, found -0.5") == true)
        }
        // Two channels are grey and alpha.
        let sheet = try PNG.decode(try #require(try answer.picture?.png()), source: "sheet")
        #expect(sheet.channels == 2)
    }
}
