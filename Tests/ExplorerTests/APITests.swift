import Exploration
import Formats
import HTTPTypes
import Settings
import Testing

@testable import Explorer

/// What the API answers.
@Suite(.serialized) struct APITests {
    @Test func everyRouteIsDescribedAndEveryDescriptionHasARoute() async throws {
        try await Served.run { served in
            let answer = try await served.ask("GET", "/api/openapi.json")
            let paths = try #require(answer.json?["paths"]?.object)
            let described = paths.flatMap { path in
                (path.value.object ?? []).map { "\($0.key.uppercased()) \(path.key)" }
            }
            let page = ["GET /", "GET /assets/{name}"]
            #expect(Set(served.server.routes.map { "\($0.method.rawValue) \($0.path)" }) == Set(described + page))
        }
    }

    @Test(arguments: [
        (#"{"z":[[1,2,3]]}"#, "z: expected 2 values, the latent dimensions in a row, found 3"),
        (#"{"z":[[1,"NaN"]]}"#, "z: expected values from -10000 to 10000, found nan"),
        (#"{"z":[[1,1e38]]}"#, "z: expected values from -10000 to 10000, found 1e+38"),
        (#"{"z":[]}"#, "z: expected 1 to 1024 rows, found 0"),
        (#"{}"#, "z: expected an array of arrays of numbers, found no z"),
        (#"[]"#, "the request: expected a JSON object, found an array"),
        ("", "the request, byte 0: expected a JSON value, found the end"),
        (
            String(repeating: "[", count: 100_000),
            "the request, byte 64: expected JSON nested at most 64 deep, found a deeper value"
        ),
    ])
    func aBadCodeIsRefused(_ body: String, _ message: String) async throws {
        try await Served.run { served in
            let answer = try await served.ask("POST", "/api/decode", body: body)
            #expect(answer.status == 400)
            #expect(answer.message == message)
        }
    }

    /// What is described is what is taken.
    @Test func membersAndRangesAreDescribedAsTheyAreChecked() async throws {
        try await Served.run { served in
            let paths = try #require(try await served.ask("GET", "/api/openapi.json").json?["paths"])
            for question in Question.allCases {
                let content = paths["/api/\(question.rawValue)"]?["post"]?["requestBody"]?["content"]
                let schema = try #require(content?["application/json"]?["schema"])
                #expect(schema["properties"]?.object?.map(\.key).sorted() == question.members.sorted())
                #expect(schema["additionalProperties"] == false)
                #expect((content?["application/octet-stream"] != nil) == question.takesOctets)
                #expect((content?["image/png"] != nil) == question.takesPicture)
            }
            func rows(_ question: String, _ name: String) -> JSONValue? {
                let content = paths["/api/\(question)"]?["post"]?["requestBody"]?["content"]
                return content?["application/json"]?["schema"]?["properties"]?[name]
            }
            for question in ["encode", "score", "reconstruct"] {
                let pixel = try #require(rows(question, "images")?["items"]?["items"])
                #expect(pixel["minimum"]?.number == 0)
                #expect(pixel["maximum"]?.number == 1.25)
            }
            #expect(rows("decode", "z")?["items"]?["items"]?["maximum"]?.number == 10_000)
            for (question, name) in [
                ("grid", "side"), ("sample", "count"), ("interpolate", "steps"), ("neighbors", "count"),
            ] {
                let schema = try #require(rows(question, name))
                let (least, most) = try (#require(schema["minimum"]?.integer), #require(schema["maximum"]?.integer))
                for (value, status) in [(least - 1, 400), (least, 200), (most + 1, 400)] {
                    let rest =
                        ["interpolate": #""from":[0,0],"to":[1,1],"#, "neighbors": #""z":[0,0],"#][question] ?? ""
                    let answer = try await served.ask("POST", "/api/\(question)", body: "{\(rest)\"\(name)\":\(value)}")
                    #expect(answer.status == status, "\(question) \(value)")
                }
            }
        }
    }

    @Test func aNameThatMeansNothingIsRefused() async throws {
        try await Served.run { served in
            for (path, message) in [
                (
                    "decode?runn=small",
                    "the query: expected no names but run, checkpoint, found runn; did you mean run?"
                ),
                (
                    "decode?run=small&chekpoint=best",
                    "the query: expected no names but run, checkpoint, found chekpoint; did you mean checkpoint?"
                ),
                ("decode?run=small&run=other", "the query: expected each name once, found run twice"),
            ] {
                let answer = try await served.ask("POST", "/api/\(path)", body: #"{"z":[[0,0]]}"#)
                #expect(answer.status == 400)
                #expect(answer.message == message)
            }
            let set = try await served.ask("GET", "/api/runs/small/images?spilt=train")
            #expect(
                set.message == "the query: expected no names but split, sheet, at, found spilt; did you mean split?")
            #expect(try await served.ask("GET", "/api/runs/small?checkpoint=best").status == 400)
            #expect(try await served.ask("GET", "/?utm=1").status == 200)
            let body = try await served.ask("POST", "/api/sample", body: #"{"counts":2}"#)
            #expect(body.status == 400)
            #expect(body.message == "the request: expected no names but count, seed, found counts; did you mean count?")
        }
    }

    /// Each body is read as what it says it is.
    @Test func aPictureIsTakenAsAPicture() async throws {
        let pixels = (0..<784).map { UInt8($0 % 256) }
        let grey = try PNG.encode(width: 28, height: 28, channels: 1, pixels: pixels)
        let same = try PNG.encode(width: 28, height: 28, channels: 3, pixels: pixels.flatMap { [$0, $0, $0] })
        let red = try PNG.encode(width: 28, height: 28, channels: 3, pixels: pixels.flatMap { [$0, 0, 0] })
        // Pillow's grey of red.
        let dark = try PNG.encode(
            width: 28, height: 28, channels: 1, pixels: pixels.map { UInt8((19595 * Int($0) + 32768) >> 16) })
        let wide = try PNG.encode(
            width: 56, height: 28, channels: 1,
            pixels: (0..<28 * 56).map { (14..<42).contains($0 % 56) ? pixels[$0 / 56 * 28 + $0 % 56 - 14] : 9 })
        let twice = try PNG.encode(width: 56, height: 56, channels: 1, pixels: Array(repeating: 85, count: 56 * 56))
        let plain = try PNG.encode(width: 28, height: 28, channels: 1, pixels: Array(repeating: 85, count: 784))
        let clear = try PNG.encode(width: 28, height: 28, channels: 2, pixels: (0..<1568).map { _ in 0 })
        let white = try PNG.encode(width: 28, height: 28, channels: 1, pixels: Array(repeating: 255, count: 784))
        let large = try PNG.encode(
            width: 4100, height: 4100, channels: 1, pixels: Array(repeating: 0, count: 16_810_000))
        let json = "{\"images\":[[\(pixels.map { "\(Float($0) / 255)" }.joined(separator: ","))]]}"
        try await Served.run { served in
            func post(_ path: String, _ type: String?, _ body: [UInt8]) async throws -> Answered {
                try await served.ask("POST", path, type.map { ["Content-Type: \($0)"] } ?? [], bytes: body)
            }
            for path in ["/api/encode", "/api/reconstruct", "/api/score"] {
                let expected = try await post(path, "application/json; charset=utf-8", Array(json.utf8))
                #expect(expected.status == 200)
                for picture in [grey, same] {
                    #expect(try await post(path, "image/png", picture).body == expected.body)
                }
                for type in [nil, "APPLICATION/JSON", "application/x-www-form-urlencoded"] {
                    #expect(try await post(path, type, Array(json.utf8)).body == expected.body)
                }
            }
            #expect(try await post("/api/activations", "image/png", grey).json?["image"]?.array?.count == 784)
            // Other colours, sizes and ratios, and what is transparent, as pictures are read anywhere.
            for (picture, same) in [(red, dark), (wide, grey), (twice, plain), (clear, white)] {
                let expected = try await post("/api/encode", "image/png", same)
                #expect(try await post("/api/encode", "image/png", picture).body == expected.body)
                let seen = try await served.ask(
                    "POST", "/api/prepare", ["Content-Type: image/webp", "Accept: image/png"], bytes: picture)
                #expect(try PNG.decode(seen.body, source: "seen") == PNG.decode(same, source: "same"))
            }
            let tooLarge = try await post("/api/encode", "image/png", large)
            #expect(tooLarge.message == "images: at byte 16: expected at most 16777216 pixels, found 4100 × 4100")
            #expect(try await post("/api/encode", "image/png", Array(grey.prefix(60))).status == 400)
            #expect(try await post("/api/encode", "image/png", Array(json.utf8)).status == 400)
            for (path, type, taken) in [
                (
                    "encode", "image/gif",
                    "application/json or application/octet-stream or image/png or image/jpeg or image/webp"
                ),
                (
                    "encode", "text/plain",
                    "application/json or application/octet-stream or image/png or image/jpeg or image/webp"
                ),
                ("decode", "image/png", "application/json or application/octet-stream"),
                ("sample", "application/octet-stream", "application/json"), ("grid", "image/png", "application/json"),
            ] {
                let answer = try await post("/api/\(path)", type, grey)
                #expect(answer.status == 415)
                #expect(answer.message == "Content-Type: expected \(taken), found \(type)")
            }
        }
    }

    @Test func capsAndUnknownNames() async throws {
        try await Served.run { (served: Served) async throws in
            #expect(try await served.ask("POST", "/api/grid", body: #"{"side":1000000}"#).status == 400)
            #expect(try await served.ask("POST", "/api/sample", body: #"{"count":1000000}"#).status == 400)
            #expect(
                try await served.ask("POST", "/api/interpolate", body: #"{"from":[0,0],"to":[1,1],"steps":1000000}"#)
                    .status == 400)
            #expect(try await served.ask("POST", "/api/decode?run=none", body: #"{"z":[[0,0]]}"#).status == 404)
            #expect(
                try await served.ask("POST", "/api/decode?checkpoint=epoch-0099", body: #"{"z":[[0,0]]}"#).status == 404
            )
            #expect(try await served.ask("POST", "/api/decode?checkpoint=..", body: #"{"z":[[0,0]]}"#).status == 400)
            #expect(try await served.ask("GET", "/api/runs/small/images/test/40").status == 404)
            #expect(try await served.ask("GET", "/api/runs/small/images/other/0").status == 400)
            for split in ["tset", ""] {
                #expect(try await served.ask("GET", "/api/runs/small/images?split=\(split)").status == 400)
                #expect(try await served.ask("GET", "/api/runs/small/codes?split=\(split)").status == 400)
            }
            #expect(try await served.ask("GET", "/api/runs/none/images?split=test").status == 404)
            for (query, status) in [
                ("sheet=1", 404), ("sheet=-1", 404), ("sheet=x", 400), ("at=", 400), ("at=1,", 400), ("at=0,40", 404),
                ("at=0&sheet=0", 400), ("at=" + Array(repeating: "0", count: 257).joined(separator: ","), 400),
            ] {
                #expect(try await served.ask("GET", "/api/runs/small/images?\(query)").status == status, "\(query)")
            }
            for most in ["0", "-3", "x"] {
                #expect(try await served.ask("GET", "/api/runs/small/codes?most=\(most)").status == 400)
            }
        }
    }

    @Test func anAnswerHasTheFormThatIsAskedFor() async throws {
        try await Served.run { served in
            let json = try await served.ask("POST", "/api/decode", body: #"{"z":[[0,0],[1,1]]}"#)
            #expect(json.status == 200)
            #expect(json.json?["images"]?.array?.count == 2)
            #expect(json.json?["shape"] == [28, 28, 1])
            let floats = try await served.ask(
                "POST", "/api/decode", ["Accept: application/octet-stream"], body: #"{"z":[[0,0],[1,1]]}"#)
            #expect(floats.body.count == 2 * 784 * 4)
            let png = try await served.ask("POST", "/api/decode", ["Accept: image/png"], body: #"{"z":[[0,0]]}"#)
            #expect(png["content-type"] == "image/png")
            #expect(png.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            let octets = try await served.ask(
                "POST", "/api/decode", ["Content-Type: application/octet-stream", "Accept: application/octet-stream"],
                body: String(repeating: "\0", count: 8))
            #expect(octets.body == Array(floats.body.prefix(784 * 4)))
            let none = try await served.ask("POST", "/api/encode", ["Accept: text/html"], body: #"{"images":[[0]]}"#)
            #expect(none.status == 400)
            #expect(
                try await served.ask("POST", "/api/decode", ["Accept: text/html"], body: #"{"z":[[0,0]]}"#).status
                    == 406)
            let images = try await served.ask("GET", "/api/runs/small/images")
            let sheet = try PNG.decode(images.body, source: "sheet")
            #expect((sheet.width, sheet.height, sheet.channels) == (64 * 28, 28, 1))
            let etag = try #require(images["etag"])
            #expect(try await served.ask("GET", "/api/runs/small/images", ["If-None-Match: \(etag)"]).status == 304)
        }
    }

    @Test func theMetricsCount() async throws {
        try await Served.run { served in
            for _ in 0..<3 { _ = try await served.ask("POST", "/api/decode", body: #"{"z":[[0,0]]}"#) }
            _ = try await served.ask("POST", "/api/decode", body: "{}")
            let lines = try await served.ask("GET", "/metrics").text.split(separator: "\n")
            #expect(lines.contains(#"vae_requests_total{route="/api/decode",status="200"} 3"#))
            #expect(lines.contains(#"vae_requests_total{route="/api/decode",status="400"} 1"#))
            #expect(lines.contains(#"vae_request_seconds_count{route="/api/decode"} 4"#))
            #expect(lines.contains("vae_batch_rows_sum 3.0"))
        }
    }
}
