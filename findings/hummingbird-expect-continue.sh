#!/bin/sh
# Hummingbird 2.28.1: `Expect: 100-continue` is not answered, so curl waits a second before it sends a large body.
#
# Expected: a server that reads the body says `100 Continue` first (RFC 9110, 10.1.1: it sends 100 or a final
#   status), as Python's http.server does by itself.
# Seen:     no 100 at all. curl asks for leave with every body over 1 MB, without being told to, and waits for a second;
#   then it sends without leave and gets its 200. Without the field the same body takes milliseconds.
# Version:  Hummingbird 2.28.1 on swift-nio 2.101.2, HTTP/1.1; curl 7.88.1.
# Why it matters: a batch to encode is over 1 MB from a few hundred MNIST images as JSON on, and then every question
#   takes a second longer in a shell script; it looks like a slow model, and no measurement inside the server shows it.
# Instead:  `vae serve` sends `100 Continue` when the head has come and its Content-Length is within the limit, else 413
#   before a byte of the body (`ConnectionTests.aBodyThatWaitsForLeaveGetsIt`).
#
# Builds a package of its own in a temporary folder; BUILD_FOLDER names one that keeps what was built. The server
# listens on 127.0.0.1 alone and ends by itself after a minute.
set -eu

version=2.28.1
nio=2.101.2
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
build=${BUILD_FOLDER:-$folder/build}

mkdir -p "$folder/Sources/body-server"
cat >"$folder/Package.swift" <<EOF
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "body-server",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "$version"),
        .package(url: "https://github.com/apple/swift-nio", exact: "$nio"),
    ],
    targets: [
        .executableTarget(
            name: "body-server",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
            ])
    ])
EOF
cat >"$folder/Sources/body-server/main.swift" <<'EOF'
import Foundation
import Hummingbird
import NIOCore

let router = Router()
router.post("encode") { request, _ in
    "\(try await request.body.collect(upTo: 2 << 20).readableBytes) bytes"
}
let application = Application(
    router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
    onServerRunning: { channel in
        let port = channel.localAddress.flatMap(\.port) ?? 0
        try? Data("\(port)\n".utf8).write(to: URL(fileURLWithPath: CommandLine.arguments[1]), options: .atomic)
    })
Task {
    try await Task.sleep(for: .seconds(60))
    exit(1)
}
try await application.runService()
EOF
swift build -c debug --package-path "$folder" --scratch-path "$build" --product body-server >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}

head -c 1500000 /dev/zero >"$folder/images"
"$build/debug/body-server" "$folder/port" >"$folder/log" 2>&1 &
server=$!
tries=0
until [ -s "$folder/port" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ]; then
        cat "$folder/log" >&2
        exit 1
    fi
    sleep 0.1
done

changed=0

# Sends the body with curl's options behind the first three: a name, and the least and the most seconds it may take.
send() {
    name=$1
    least=$2
    most=$3
    shift 3
    seconds=$(curl -sS --http1.1 --noproxy '*' --max-time 20 "$@" --data-binary "@$folder/images" -D "$folder/head" \
        -o "$folder/body" -w '%{time_total}' "http://127.0.0.1:$(cat "$folder/port")/encode")
    answers=$(tr -d '\r' <"$folder/head" | sed -n 's/^HTTP\/1.1 \([0-9]*\).*/\1/p' | tr '\n' ' ')
    echo "$name: $seconds s, answers: $answers($(cat "$folder/body"))"
    [ "$answers" = "200 " ] && [ "$(cat "$folder/body")" = "1500000 bytes" ] || changed=1
    awk -v seconds="$seconds" -v least="$least" -v most="$most" \
        'BEGIN { exit !(seconds >= least && seconds < most) }' || changed=1
}

echo "Hummingbird $version, swift-nio $nio, $(curl --version | sed -n '1s/^\(curl [^ ]*\).*/\1/p'), a body of 1.5 MB"
send "without Expect" 0 0.9 -H 'Expect:'
send "curl's default" 0.95 2.5
send "with patience for 3 s" 2.95 6 --expect100-timeout 3
if [ $changed -ne 0 ]; then
    echo "the behaviour has changed" >&2
    exit 1
fi
echo "as described: no 100 Continue came, and curl waited for it as long as it was told to"
