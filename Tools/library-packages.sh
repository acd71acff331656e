#!/bin/sh
# What a package resolves that imports the library as the README says: no package but swift-argument-parser, and so none
# with network code.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/digits/Sources/digits"
echo 'import VAE' >"$work/digits/Sources/digits/main.swift"
# The package's folder is named after it, as a clone's is.
ln -s "$PWD" "$work/swift-vae"
awk '/^```swift$/ { inside = 1; text = ""; next } /^```$/ { if (text ~ /swift-tools-version/) printf "%s", text; inside = 0 }
     inside { text = text $0 "\n" }' README.md >"$work/digits/Package.swift"
env -u VAE_EXPLORER swift package --package-path "$work/digits" resolve >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}
packages=$(sed -n 's/.*"identity" : "\(.*\)".*/\1/p' "$work/digits/Package.resolved")
[ "$packages" = swift-argument-parser ] || {
    echo "import VAE resolves more than it may:" $packages >&2
    exit 1
}
echo "import VAE resolves $packages alone"
