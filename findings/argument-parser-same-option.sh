#!/bin/sh
# swift-argument-parser 1.8.2: an option that a command and its subcommand both have never reaches the subcommand.
#
# Expected: `vae train --seed 7` gives 7 to `train`, whose --seed stands behind its name (as Python's argparse does), or
#   the parser refuses two options of one name: a debug build checks declarations when it starts.
# Seen:     the root takes every --seed of the line, before or behind the subcommand's name, and keeps the last one;
#   `train` runs with its default, status 0, no word. Only a shared @OptionGroup brings the value to both.
# Version:  swift-argument-parser 1.8.2.
# Why it matters: a training asked for with --seed 7 runs with seed 0, and so does the one that is to differ; the
#   same for a learning rate or an output folder that a root command learns to take later.
# Instead:  `vae` has no option of its own beside --help and --version. An option belongs to a command, one that
#   several commands take is an @OptionGroup of each; the seed that a training used stands in its run's config.json.
#
# Builds a package of its own in a temporary folder; BUILD_FOLDER names one that keeps what was built.
set -eu

version=1.8.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
build=${BUILD_FOLDER:-$folder/build}

mkdir -p "$folder/Sources/two-seeds"
cat >"$folder/Package.swift" <<EOF
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "two-seeds",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", exact: "$version")],
    targets: [
        .executableTarget(
            name: "two-seeds", dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")])
    ])
EOF
cat >"$folder/Sources/two-seeds/main.swift" <<'EOF'
import ArgumentParser

struct Shared: ParsableArguments {
    @Option var steps = 0
}

struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "vae", subcommands: [Train.self])
    @Option var seed = 0
    @OptionGroup var shared: Shared
}

struct Train: ParsableCommand {
    @ParentCommand var root: Root
    @Option var seed = 0
    @OptionGroup var shared: Shared
    func run() {
        print("root \(root.seed), train \(seed), shared by both \(shared.steps)")
    }
}

Root.main()
EOF
swift build -c debug --package-path "$folder" --scratch-path "$build" --product two-seeds >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}

changed=0

# Runs `vae` with the arguments after the first, which is what it printed when this was written.
run() {
    expected=$1
    shift
    status=0
    seen=$("$build/debug/two-seeds" "$@" 2>&1) || status=$?
    echo "vae $*: $seen (status $status)"
    [ "$status: $seen" = "0: $expected" ] || changed=1
}

echo "swift-argument-parser $version"
run "root 7, train 0, shared by both 0" train --seed 7
run "root 7, train 0, shared by both 0" --seed 7 train
run "root 8, train 0, shared by both 0" --seed 7 train --seed 8
run "root 0, train 0, shared by both 7" train --steps 7
if [ $changed -ne 0 ]; then
    echo "the behaviour has changed" >&2
    exit 1
fi
echo "as described: the subcommand's own --seed was given and never arrived"
