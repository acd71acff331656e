#!/bin/sh
# Counts the instructions of one training step and of one decoding under valgrind, AVX2 body, and compares them with
# Benchmarks/instructions.txt: a slow-down that no clock on a shared machine would show. `--write` stores new counts.
set -eu
cd "$(dirname "$0")/.."

if [ "$(uname -m)" != x86_64 ] || ! command -v valgrind >/dev/null || ! grep -q avx2 /proc/cpuinfo; then
    echo "instruction counts left out: they need valgrind and AVX2" >&2
    exit 0
fi
stored=Benchmarks/instructions.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Valgrind stumbles over the compiler's debug information.
program=$work/step-cost
strip -o "$program" .build/release/step-cost

# Of one turn: the difference takes the start of the process out.
count() {
    for times in 1 2; do
        VAE_ISA=avx2 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" $times 2>"$work/log" || {
            cat "$work/log" >&2
            exit 1
        }
        sed -n 's/.*Collected : //p' "$work/log" >"$work/$times"
    done
    echo $(($(cat "$work/2") - $(cat "$work/1")))
}

for what in train decode; do
    printf '%s %s\n' "$what" "$(count $what)"
done >"$work/counts"

if [ "${1:-}" = --write ]; then
    cp "$work/counts" "$stored"
fi
# A compiler's whim stays below two in a hundred.
awk 'NR == FNR { stored[$1] = $2; next }
     { change = 100 * ($2 / stored[$1] - 1); printf "%s: %d instructions, stored %d (%+.1f %%)\n", $1, $2, stored[$1], change
       if (change > 2) { worse = 1 }
       if (change < -2) { print "  fewer: store them with Tools/instruction-counts.sh --write" } }
     END { if (worse) print "slower than what is stored in Benchmarks/instructions.txt"; exit worse }' "$stored" "$work/counts"
