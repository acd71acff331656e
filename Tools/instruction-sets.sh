#!/bin/sh
# Every body of the numeric core gives the same bits: AVX2, AVX-512 (its own where the machine has it, and its tiles
# compiled to AVX2), and NEON under qemu where `qemu-aarch64` and the arm64 C library are installed
# (Debian: qemu-user libc6-dev-arm64-cross libgcc-12-dev-arm64-cross binutils-aarch64-linux-gnu).
set -eu
# With the packages that `make test` builds beside it.
export VAE_EXPLORER=1
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Swift's toolchain brings the clang that the package is built with.
clang=$(dirname "$(command -v swift)")/clang
[ -x "$clang" ] || clang=clang
tests=Tests/InstructionSets/*.c

# The objects that the program is linked from, compiled once for all who use them.
swift build -c release --target CKernels >"$work/build.log" || {
    cat "$work/build.log" >&2
    exit 1
}
objects=$(swift build -c release --show-bin-path)/CKernels.build
# shellcheck disable=SC2086  # lists of words
"$clang" -std=gnu11 -O2 -ISources/CKernels/include "$objects"/*.o $tests -lm -o "$work/native"
"$work/native" >"$work/bits"

if [ "$(uname -m)" = x86_64 ] && command -v qemu-aarch64 >/dev/null && [ -d /usr/aarch64-linux-gnu/include ]; then
    # shellcheck disable=SC2086
    "$clang" --target=aarch64-linux-gnu -std=gnu11 -O2 -ISources/CKernels/include -isystem /usr/aarch64-linux-gnu/include \
        Sources/CKernels/*.c $tests -lm -static \
        -fuse-ld=lld --gcc-toolchain=/usr -L/usr/aarch64-linux-gnu/lib -B/usr/aarch64-linux-gnu/lib -o "$work/neon"
    qemu-aarch64 "$work/neon" >>"$work/bits"
else
    echo "NEON left out: needs qemu-aarch64 and the arm64 C library" >&2
fi

# A line is: block, hash, body. A block's n-th line of each body must have one hash.
awk '{ body = substr($0, 59); block = substr($0, 1, 40); n = ++seen[body, block]; hash = substr($0, 42, 16)
       place = block n; bodies[body]++
       if (!(place in first)) { first[place] = hash } else if (first[place] != hash) { wrong++; print "differs: " $0 } }
     END { for (b in bodies) { count++; printf "%s: %d results\n", b, bodies[b] }
           if (count < 2) { print "only one body ran"; exit 1 }
           printf "%d passed, %d failed\n", NR - wrong, wrong; exit wrong > 0 }' "$work/bits"
