import Formats
import HTTPTypes
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
            #expect(images.body.count == 40 * 784)
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
