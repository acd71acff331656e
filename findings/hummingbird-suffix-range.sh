#!/bin/sh
# Hummingbird 2.28.1: FileMiddleware answers a request for a file's last bytes with its first ones.
#
# Expected: `Range: bytes=-8` asks for the last 8 bytes (RFC 9110, 14.1.2); whoever cannot do that ignores the field and
#   sends the whole file with 200, or refuses with 416.
# Seen:     206 with bytes 0 to 8: the *first* bytes, and one more than asked for. Content-Range says so; what asks in
#   this form seldom reads it. `bytes=8-` and `bytes=0-7` are right, and so is a suffix as long as the file or longer.
# Version:  Hummingbird 2.28.1.
# Why it matters: the directory of a .npz (any zip) and the schema of a Parquet file stand at the end, and readers over
#   HTTP fetch them in just this form. Weights or codes put behind FileMiddleware look damaged from a certain size on,
#   while small ones, which such a reader takes whole, work.
# Instead:  `vae serve` does not use FileMiddleware. It reads no Range field and sends no Accept-Ranges: every answer is
#   whole, with 200, as the RFC allows.
#
# Builds a package of its own in a temporary folder; BUILD_FOLDER names one that keeps what was built. The server
# listens on 127.0.0.1 alone and ends by itself after a minute.
set -eu

version=2.28.1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
build=${BUILD_FOLDER:-$folder/build}

mkdir -p "$folder/Sources/file-server" "$folder/files"
cat >"$folder/Package.swift" <<EOF
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "file-server",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", exact: "$version")],
    targets: [
        .executableTarget(name: "file-server", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ])
EOF
cat >"$folder/Sources/file-server/main.swift" <<'EOF'
import Foundation
import Hummingbird

let router = Router()
router.middlewares.add(FileMiddleware(CommandLine.arguments[1]))
let application = Application(
    router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
    onServerRunning: { channel in
        let port = channel.localAddress.flatMap(\.port) ?? 0
        try? Data("\(port)\n".utf8).write(to: URL(fileURLWithPath: CommandLine.arguments[2]), options: .atomic)
    })
Task {
    try await Task.sleep(for: .seconds(60))
    exit(1)
}
try await application.runService()
EOF
swift build -c debug --package-path "$folder" --scratch-path "$build" --product file-server >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}

printf '0123456789abcdefghijklmnopqrstuvwxyz' >"$folder/files/codes.bin"
"$build/debug/file-server" "$folder/files" "$folder/port" >"$folder/log" 2>&1 &
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

# Asks for the range in the first argument; the second is what came when this was written.
ask() {
    status=$(curl -sS --noproxy '*' --max-time 10 -r "$1" -D "$folder/head" -o "$folder/body" -w '%{http_code}' \
        "http://127.0.0.1:$(cat "$folder/port")/codes.bin")
    range=$(tr -d '\r' <"$folder/head" | sed -n 's/^[Cc]ontent-[Rr]ange: //p')
    seen="$status, $range: $(cat "$folder/body")"
    echo "Range: bytes=$1 -> $seen"
    [ "$seen" = "$2" ] || changed=1
}

echo "Hummingbird $version, a file of 36 bytes that ends in stuvwxyz"
ask 0-7 "206, bytes 0-7/36: 01234567"
ask 28- "206, bytes 28-35/36: stuvwxyz"
ask -8 "206, bytes 0-8/36: 012345678"
ask -40 "206, bytes 0-35/36: 0123456789abcdefghijklmnopqrstuvwxyz"
if [ $changed -ne 0 ]; then
    echo "the behaviour has changed" >&2
    exit 1
fi
echo "as described: the last 8 bytes were asked for, the first 9 came"
