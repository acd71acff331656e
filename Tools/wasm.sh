#!/bin/sh
# Compiles the core to WebAssembly with nothing but Swift's toolchain: .build/wasm/core.wasm with plain vectors, and
# core-relaxed.wasm, whose products and sums are fused where the machine does that. A toolchain that lacks what it takes
# is told by what it lacks, and leaves both out.
set -eu
cd "$(dirname "$0")/.."

out=.build/wasm
rm -rf $out
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
library=$tools/../lib/swift/embedded/wasm32-unknown-none-wasm
for needed in "$library" "$tools/clang" "$tools/wasm-ld"; do
    if [ ! -e "$needed" ]; then
        echo "the core in a page left out: this toolchain has no $needed" >&2
        exit 0
    fi
done
mkdir -p $out/plain $out/relaxed

compile_c() { # source folder flags
    source=$1 folder=$2
    shift 2
    "$tools/clang" --target=wasm32-unknown-unknown -std=gnu11 -O3 -Wall -Wextra -Werror -ffreestanding -msimd128 \
        -mbulk-memory -isystem WebAssembly/include -ISources/CKernels/include "$@" -c "$source" \
        -o "$folder/$(basename "$source" .c).o"
}

# No guards behind stacks: they ask for a random word, and a page's memory is walled off as a whole.
compile_swift() { # module flags and sources
    module=$1
    shift
    swiftc -target wasm32-unknown-none-wasm -enable-experimental-feature Embedded -wmo -O -parse-as-library \
        -swift-version 6 -enable-upcoming-feature ExistentialAny -warnings-as-errors -package-name swift-vae \
        -Xfrontend -disable-stack-protector -module-name "$module" -I $out -Xcc -isystem -Xcc WebAssembly/include "$@"
}

# A room of the core. Modules of Embedded Swift carry every body, and whoever is linked compiles those that it calls.
room() { # name, flags of find
    name=$1
    shift
    more=""
    # What this one asks of the operating system, a page answers.
    [ "$name" != Tensors ] || more=$(find WebAssembly/System -name '*.swift')
    # shellcheck disable=SC2046,SC2086  # lists of files
    compile_swift "$name" -emit-module -emit-module-path "$out/$name.swiftmodule" \
        $(find "Sources/$name" -name '*.swift' "$@") $more
}

link() { # program kernels
    "$tools/wasm-ld" --no-entry --strip-all -z stack-size=1048576 $out/*.o "$2" "$library"/*.a -o "$1"
    echo "$1: $(wc -c <"$1") bytes, $(gzip -9 -c "$1" | wc -c) in gzip"
}

compile_c Sources/CKernels/kernels_baseline.c $out/relaxed -mrelaxed-simd &
relaxed=$!
compile_c Sources/CKernels/kernels_baseline.c $out/plain &
plain=$!
for source in Sources/CKernels/dispatch.c Sources/CKernels/bf16_dispatch.c Sources/CKernels/philox.c \
    WebAssembly/runtime.c; do
    compile_c $source $out
done
room Settings
room Tensors ! -path '*/System/*'
room Graphs
room Ops
# Callers of the public model take turns by a mutex, which Embedded Swift has not; a page has one caller.
room Models ! -name VariationalAutoencoder.swift
compile_swift Page -c -o $out/Page.o WebAssembly/Exports.swift WebAssembly/Session/Session*.swift
wait $relaxed
wait $plain
link $out/core.wasm $out/plain/kernels_baseline.o
link $out/core-relaxed.wasm $out/relaxed/kernels_baseline.o
