#!/bin/sh
# Yams 6.2.2: the number that a word stands for depends on the type that is asked for.
#
# Expected: `010` is one number, whichever type reads it (10 in YAML 1.2, 8 in YAML 1.1), or no number; `-0` and
#   9223372036854775808 are numbers, as in both versions' schemas; `1e400`, which no Double holds, is an error.
# Seen:     YAMLDecoder gives 8 to a property of type Int and 10.0 to one of type Double. `load` takes `-0` and whole
#   numbers beyond Int for strings, and 1e400 for infinity.
# Version:  Yams 6.2.2. PyYAML 6.0.4 reads `010` as 8, `-0` as 0, 9223372036854775808 as that number, 1e400 as text.
# Why it matters: a setting that changes its type from Int to Double changes its value in files that nobody touched;
#   a learning rate of infinity trains until the first loss that is not finite.
# Instead:  `YAMLText` reads words itself (Sources/YAMLText/PlainScalar.swift): 010 and 1e400 are refused with line and
#   column, the others are numbers.
#
# Builds a package of its own in a temporary folder; BUILD_FOLDER names one that keeps what was built.
set -eu

version=6.2.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
build=${BUILD_FOLDER:-$folder/build}

mkdir -p "$folder/Sources/number-types"
cat >"$folder/Package.swift" <<EOF
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "number-types",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/jpsim/Yams", exact: "$version")],
    targets: [
        .executableTarget(name: "number-types", dependencies: [.product(name: "Yams", package: "Yams")])
    ])
EOF
cat >"$folder/Sources/number-types/main.swift" <<'EOF'
import Yams

struct Setting<Value: Decodable>: Decodable { var a: Value }

for word in ["10", "010", "-0", "9223372036854775808", "1e400"] {
    let loaded = try Yams.load(yaml: word)
    let integer = (try? YAMLDecoder().decode(Setting<Int>.self, from: "a: \(word)")).map { "\($0.a)" } ?? "error"
    let double = (try? YAMLDecoder().decode(Setting<Double>.self, from: "a: \(word)")).map { "\($0.a)" } ?? "error"
    print(word, "load", loaded.map { "\($0) \(type(of: $0))" } ?? "nil", "Int", integer, "Double", double)
}
EOF
swift build -c debug --package-path "$folder" --scratch-path "$build" --product number-types >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}
cat >"$folder/expected" <<'EOF'
10 load 10 Int Int 10 Double 10.0
010 load 8 Int Int 8 Double 10.0
-0 load -0 String Int error Double -0.0
9223372036854775808 load 9223372036854775808 String Int error Double 9.223372036854776e+18
1e400 load inf Double Int error Double inf
EOF
echo "Yams $version"
"$build/debug/number-types" >"$folder/seen"
cat "$folder/seen"
cmp -s "$folder/seen" "$folder/expected" || {
    echo "the behaviour has changed" >&2
    exit 1
}
echo "as described: 010 is 8 or 10, by the type that is asked for"
