#if os(Linux)
    import Formats
    import Foundation
    import TestSupport
    import Testing

    /// What the server takes of memory, processor and open files, seen from outside.
    @Suite(.serialized) struct ResourceTests {
        /// The training images are in memory once, whoever reads them.
        @Test func slowReadersShareWhatTheyRead() async throws {
            let scratch = Scratch()
            try await Served.train(scratch.path + "/run")
            let (running, port, _) = try await ServerProgram.serve(["run"], in: scratch)
            // What every answer takes, once, and what is computed ahead.
            #expect(try await ServerProgram.ask(port, "/api/runs/run/images/test/0").status == 200)
            let question = #"{"z":[0,0]}"#
            let nearest = try await onThread {
                let client = try Client(port: port)
                client.send(
                    "POST /api/neighbors HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(question.utf8.count)\r\n\r\n"
                        + question)
                return client.answer()
            }
            #expect(nearest.json?["neighbors"]?.array?.count == 8)
            let path = "/api/runs/run/images?split=train"
            let sheet = try await ServerProgram.ask(port, path)
            // 64 by 64 digits.
            #expect((700_000..<1_700_000).contains(sheet.body.count))
            let before = try residentBytes(running.process.processIdentifier)
            var readers: [Client] = []
            for _ in 0..<40 {
                readers.append(
                    try await onThread {
                        let client = try Client(port: port)
                        client.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        _ = client.receive()
                        return client
                    })
            }
            try await Task.sleep(for: .seconds(1))
            let grown = try residentBytes(running.process.processIdentifier) - before
            // Of a sheet of a megabyte, each holds the parts under way.
            #expect(grown < 20 << 20, "\(grown) bytes")
            let last = try #require(readers.last)
            let read = try await onThread { last.rest(limit: 1 << 20) }
            #expect(read > sheet.body.count / 2)
            let tag = try #require(sheet["etag"])
            #expect(try await ServerProgram.ask(port, path, ["If-None-Match: \(tag)"]).status == 304)
            running.process.terminate()
            #expect(try running.wait().status == 0)
        }

        /// Clients beyond what open files allow wait or are refused, and keep no processor busy.
        @Test(arguments: [5, 10, 20, 44])
        func tooFewOpenFilesAreRefused(_ files: Int) throws {
            let shell = "ulimit -n \(files) && exec \(Program.explorer.path) serve . --port 0"
            let outcome = try Program.shell.run(["-c", shell], in: Scratch())
            #expect(outcome.status == 1)
            let words = "Error: not enough files: needs 45 open at a time, may have \(files) (ulimit -n)\n"
            #expect(outcome.errors == words)
        }

        @Test func fewOpenFilesMakeFewConnections() async throws {
            let scratch = Scratch()
            let shell = "ulimit -n 60 && exec \(Program.vae.path) serve . --port 0 --json --log-level error"
            let output = scratch.hidden("url")
            try Data().write(to: URL(fileURLWithPath: output))
            let running = try Program.shell.start(["-c", shell], in: scratch, output: output)
            let port = try await ServerProgram.port { ServerProgram.port(in: output) }
            var clients: [Client] = []
            for _ in 0..<150 { clients.append(try await onThread { try Client(port: port) }) }
            let before = try processorSeconds(running.process.processIdentifier)
            try await Task.sleep(for: .seconds(2))
            #expect(try processorSeconds(running.process.processIdentifier) - before < 0.3)
            let refused = clients.filter { $0.hasAnswer("503 Service Unavailable") }.count
            #expect(refused > 100)
            clients = []
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await ServerProgram.isServed(port))
            running.process.terminate()
            let outcome = try running.wait()
            #expect(outcome.status == 0)
            #expect(outcome.errors == "")
        }

        /// One that waits where no more files may be open is taken when they may, and not asked for in between.
        @Test func anAcceptThatFailsWaits() async throws {
            let scratch = Scratch()
            let (running, port, _) = try await ServerProgram.serve(["."], in: scratch)
            let process = running.process.processIdentifier
            #expect(try await ServerProgram.isServed(port))
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").compactMap { Int($0) }
            func allow(_ files: Int) throws {
                let outcome = try Program.shell.run(["-c", "prlimit --pid \(process) --nofile=\(files):"], in: scratch)
                #expect(outcome.errors == "")
            }
            try allow((open.max() ?? 0) + 1)
            let client = try await onThread { try Client(port: port) }
            let before = try processorSeconds(process)
            try await Task.sleep(for: .seconds(2))
            #expect(try processorSeconds(process) - before < 0.1)
            try allow(512)
            let answer = try await onThread {
                client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return client.answer()
            }
            #expect(answer.text == "ok\n")
            running.process.terminate()
            #expect(try running.wait().status == 0)
        }

        private func residentBytes(_ process: Int32) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            return try #require(status.firstMatch(of: /VmRSS:\s+([0-9]+) kB/).flatMap { Int($0.1) }) * 1024
        }

        private func processorSeconds(_ process: Int32) throws -> Double {
            let fields =
                try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
                .split(separator: ")").last.map { $0.split(separator: " ") } ?? []
            return Double((Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }
#endif
