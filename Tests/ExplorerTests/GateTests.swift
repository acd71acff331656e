import Formats
import NIOCore
import Testing

@testable import Explorer

/// Who may ask, and for what.
@Suite(.serialized) struct GateTests {
    @Test func aForeignHostIsRefused() async throws {
        try await Served.run { served in
            for host in ["evil.example", "evil.example:\(served.port)", "127.0.0.1.evil.example"] {
                let answer = try await served.ask("GET", "/api/runs", host: host)
                #expect(answer.status == 403)
                #expect(answer.message == "Host: expected localhost or 127.0.0.1, found '\(host)'")
            }
            for host in ["localhost", "127.0.0.1:\(served.port)", "[::1]:\(served.port)", "LOCALHOST:9"] {
                #expect(try await served.ask("GET", "/api/runs", host: host).status == 200)
            }
            #expect(try await served.ask("GET", "/", host: "a b").status == 400)
            let two = try await served.ask("GET", "/", ["Host: localhost"])
            #expect(two.message == "expected one Host header, the same as the address names")
            #expect(try await served.ask("GET", "/", ["Host: evil.example"]).status == 403)
        }
    }

    @Test func anotherOriginsPostIsRefused() async throws {
        try await Served.run { served in
            let own = "http://localhost:\(served.port)"
            for origin in ["http://evil.example", "null", "http://localhost:1", own + ".evil.example"] {
                let answer = try await served.ask("POST", "/api/sample", ["Origin: \(origin)"], body: "{}")
                #expect(answer.status == 403)
                #expect(answer.message == "Origin: expected \(own), found '\(origin)'")
            }
            #expect(try await served.ask("POST", "/api/sample", ["Origin: \(own)"], body: "{}").status == 200)
        }
    }

    @Test func aGetOfAnotherSiteIsRefused() async throws {
        try await Served.run { served in
            let picture = "/api/runs/small/images/test/0"
            for site in ["cross-site", "same-site"] {
                for path in [picture, "/api/runs", "/api/events", "/metrics", "/assets/main.js", "/"] {
                    let answer = try await served.ask(
                        "GET", path, ["Sec-Fetch-Site: \(site)", "Sec-Fetch-Mode: no-cors"])
                    #expect(answer.status == 403, "\(path)")
                    #expect(answer.message == "Sec-Fetch-Site: expected same-origin or none, found '\(site)'")
                }
                let link = ["Sec-Fetch-Site: \(site)", "Sec-Fetch-Mode: navigate"]
                #expect(try await served.ask("GET", "/", link).status == 200)
                #expect(try await served.ask("GET", picture, link).status == 403)
                #expect(try await served.ask("POST", "/api/sample", link, body: "{}").status == 403)
            }
            for site in ["same-origin", "none"] {
                #expect(try await served.ask("GET", picture, ["Sec-Fetch-Site: \(site)"]).status == 200)
            }
            for method in ["GET", "HEAD"] {
                #expect(try await served.ask(method, picture, ["Origin: http://evil.example"]).status == 403)
            }
            let own = "Origin: http://localhost:\(served.port)"
            #expect(try await served.ask("GET", picture, [own]).status == 200)
            #expect(try await served.ask("GET", picture).status == 200)
        }
    }

    @Test func aForeignURLIsRefused() async throws {
        try await Served.run { served in
            let host = "localhost:\(served.port)"
            for url in [
                "http://evil.example/api/runs", "HTTPS://evil.example/api/runs", "http://evil.example:\(served.port)",
            ] {
                let answer = try await served.ask("GET", url)
                #expect(answer.status == 403)
                #expect(answer.message?.hasPrefix("Host: expected localhost or 127.0.0.1, found 'evil.example") == true)
            }
            #expect(try await served.ask("GET", "http://\(host)@evil.example/api/runs").status == 400)
            // Two names of this machine are two hosts still.
            #expect(try await served.ask("GET", "http://127.0.0.1:\(served.port)/api/runs").status == 400)
            #expect(try await served.ask("GET", "http://\(host)/api/runs").status == 200)
        }
    }

    @Test func addressesThatHideSomethingAreNone() async throws {
        try await Served.run { served in
            for path in [
                "/assets/%2e%2e/x", "/assets/../index.html", "//api/runs", "/api//runs", "/api/runs/..", "/%61pi/runs",
                "/api\\runs", "/api/nothing", "/assets/none.js",
            ] {
                #expect(try await served.ask("GET", path).status == 404, "\(path)")
            }
            #expect(try await served.ask("GET", "/api/runs%00").message == "expected an address without a NUL")
            #expect(try await served.ask("GET", "*").message == "expected an address that begins with /")
            // A whole URL is an address too (RFC 9112, 3.2.2), and does not speak for the Host header.
            let whole = "http://localhost:\(served.port)/api/runs"
            #expect(try await served.ask("GET", whole).status == 200)
            #expect(try await served.ask("GET", whole, host: "evil.example").status == 403)
            let wrong = try await served.ask("GET", "/api/decode")
            #expect(wrong.status == 405)
            #expect(wrong["allow"] == "POST")
        }
    }

    @Test func everyAnswerIsForThisPageOnly() async throws {
        try await Served.run { served in
            for path in ["/", "/assets/main.js", "/api/runs", "/nothing", "/metrics"] {
                let answer = try await served.ask("GET", path)
                #expect(answer["x-content-type-options"] == "nosniff")
                #expect(answer["referrer-policy"] == "no-referrer")
                #expect(answer["cross-origin-resource-policy"] == "same-origin")
                let policy = try #require(answer["content-security-policy"])
                #expect(policy.hasPrefix("default-src 'none'; "))
                #expect(policy.hasSuffix("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe"))
            }
            let page = try await served.ask("GET", "/")
            #expect(page["content-security-policy"]?.contains("script-src 'self' 'sha256-") == true)
            let etag = try #require(page["etag"])
            #expect(try await served.ask("GET", "/", ["If-None-Match: \(etag)"]).status == 304)
        }
    }

    @Test func otherAddressesNeedAToken() async throws {
        var settings = ServerSettings()
        settings.host = "0.0.0.0"
        #expect(throws: ServerSettingsError.needsToken(host: "0.0.0.0")) { try settings.validate() }
        settings.token = "short"
        #expect(throws: ServerSettingsError.weakToken) { try settings.validate() }
        let token = "0123456789abcdef"
        settings.token = token
        try await Served.run(settings) { served in
            #expect(try await served.ask("GET", "/api/runs").status == 401)
            #expect(try await served.ask("GET", "/").status == 401)
            #expect(try await served.ask("GET", "/healthz").status == 200)
            for wrong in ["Bearer x", "Bearer \(token)0", "Bearer 0123456789abcdee", "Basic \(token)"] {
                #expect(try await served.ask("GET", "/api/runs", ["Authorization: \(wrong)"]).status == 401)
            }
            #expect(try await served.ask("GET", "/api/runs", ["Authorization: Bearer \(token)"]).status == 200)
            let redirection = try await served.ask("GET", "/?run=a&token=\(token)")
            #expect(redirection.status == 303)
            #expect(redirection["location"] == "/?run=a")
            let cookie = "vae-token-\(served.port)=\(token)"
            #expect(redirection["set-cookie"] == "\(cookie); Path=/; HttpOnly; SameSite=Strict")
            #expect(try await served.ask("GET", "/", ["Cookie: a=b; \(cookie)"]).status == 200)
            #expect(try await served.ask("GET", "/?token=wrong").status == 401)
        }
    }

    @Test func aRunsNameIsText() async throws {
        try await Served.run(named: "<script>alert(1)<∕script>") { served in
            let answer = try await served.ask("GET", "/api/runs")
            #expect(answer["content-type"] == "application/json")
            let run = try #require(answer.json?["runs"]?.array?.first)
            #expect(run["name"]?.string == "<script>alert(1)<∕script>")
            let id = try #require(run["id"]?.string)
            #expect(id.utf8.allSatisfy(AccessToken.isAllowed))
            #expect(try await served.ask("GET", "/api/runs/\(id)").status == 200)
        }
    }
}
