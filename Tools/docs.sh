#!/bin/sh
# Builds the guide and the library's reference with DocC into .build/docs; a warning is an error.
#
#   sh Tools/docs.sh            compiles what is needed first
#   sh Tools/docs.sh --no-build takes the modules of the last release build, as Tools/test.sh does
#
# `import VAE` is one library to its users, though many modules make it. So its documentation is one as well: the
# compiler writes one symbol graph for VAE with the public symbols of every module that Sources/VAE/VAE.swift
# re-exports, under the names that users type. Package and C symbols do not come in. MNISTData is a product of its own
# that adds one method to a type of VAE; its graph is read as an extension of VAE (what stands after the @ in a
# graph's file name), so that the method stands with its type.
#
# The graphs are read out of compiled modules, in a second: no plug-in, and no build of its own.
set -eu
cd "$(dirname "$0")/.."

if [ "${1:-}" != "--no-build" ]; then
    # One after the other: of several --target only the last is built.
    swift build -c release --target VAE
    swift build -c release --target MNISTData
fi
products=$(swift build -c release --show-bin-path)
work=.build/docs-work
rm -rf "$work"
mkdir -p "$work/graphs" "$work/mnist"

reexported=$(sed -n 's/^@_exported import //p' Sources/VAE/VAE.swift | paste -sd , -)
triple=$(swift -print-target-info | sed -n 's/^ *"triple": "\(.*\)",*$/\1/p' | head -n 1)
set -- -I "$products/Modules" -target "$triple" -minimum-access-level public -skip-synthesized-members \
    -skip-inherited-docs -module-cache-path "$work/cache"
for map in "$products"/C*.build/module.modulemap; do
    set -- "$@" -Xcc "-fmodule-map-file=$map"
done
if [ "$(uname)" = Darwin ]; then
    set -- "$@" -sdk "$(xcrun --show-sdk-path)"
fi
swift symbolgraph-extract -module-name VAE -output-dir "$work/graphs" \
    "-experimental-allowed-reexported-modules=$reexported" "$@"
swift symbolgraph-extract -module-name MNISTData -output-dir "$work/mnist" "$@"
mv "$work/mnist/MNISTData@Datasets.symbols.json" "$work/graphs/MNISTData@VAE.symbols.json"

docc=$(command -v docc || xcrun --find docc)
rm -rf .build/docs
"$docc" convert Sources/VAE/VAE.docc --additional-symbol-graph-dir "$work/graphs" --warnings-as-errors \
    --fallback-display-name VAE --fallback-bundle-identifier swift-vae --output-path .build/docs
rm -rf "$work"

echo "The documentation is in .build/docs. A browser reads it from a server, for example:"
echo "  python3 -m http.server --directory .build/docs 8000"
echo "  http://localhost:8000/documentation/vae/"
