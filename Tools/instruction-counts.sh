#!/bin/sh
# Counts the instructions of one training step, one encoding and one decoding under valgrind, AVX2 body, block by block,
# and compares them with Benchmarks/instructions.txt: a slow-down that no clock on a shared machine would show, and where
# it is. `--write` stores new counts.
set -eu
cd "$(dirname "$0")/.."

if [ "$(uname -m)" != x86_64 ] || ! command -v valgrind >/dev/null || ! grep -q avx2 /proc/cpuinfo; then
    echo "instruction counts left out: they need valgrind and AVX2" >&2
    exit 0
fi
stored=Benchmarks/instructions.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Valgrind stumbles over the compiler's debug information; the functions' names stay.
program=$work/step-cost
strip -g -o "$program" .build/release/step-cost

# Instructions of each function on its own, from callgrind's file. Names stand where an identifier comes first; the line
# behind a call has what the callee took.
by_function() {
    awk '/^c?fn=/ { id = name = $0; sub(/^c?fn=/, "", id); sub(/ .*/, "", id)
                    if (sub(/^[^ ]* /, "", name)) names[id] = name
                    if (/^fn=/) now = id; next }
         /^calls=/ { getline; next }
         /^[0-9+*-]/ { cost[now] += $2 }
         END { for (id in cost) print names[id], cost[id] }' "$1"
}

# All at once; each costs seconds of its own. Hashes that are seeded anew would let the start of two processes differ.
export SWIFT_DETERMINISTIC_HASHING=1
for what in train encode decode; do
    for times in 1 2; do
        VAE_ISA=avx2 valgrind --tool=callgrind --callgrind-out-file="$work/$what.$times" "$program" $what $times \
            2>"$work/$what.$times.log" || touch "$work/failed" &
    done
done
wait
if [ -e "$work/failed" ]; then
    cat "$work"/*.log >&2
    exit 1
fi

# Of one turn: the difference takes the start of the process out. What is not in C counts together, and so do blocks of
# less than a hundredth.
for what in train encode decode; do
    by_function "$work/$what.1" >"$work/once"
    by_function "$work/$what.2" >"$work/twice"
    awk -v what=$what 'NR == FNR { cost[$1] -= $NF; total -= $NF; next } { cost[$1] += $NF; total += $NF }
        END { for (name in cost) if (name ~ /^[a-z][a-z_0-9]+$/ && cost[name] >= total / 100) {
                  print what, name, cost[name]; rest += cost[name] }
              print what, "the-rest", total - rest; print what, "total", total }' "$work/once" "$work/twice" | sort -k3,3n
done >"$work/counts"

if [ "${1:-}" = --write ]; then
    cp "$work/counts" "$stored"
fi
# A compiler's whim stays below two in a hundred of the total, and a block's share moves little.
awk 'NR == FNR { stored[$1, $2] = $3; next }
     { before = stored[$1, $2]; change = before ? 100 * ($3 / before - 1) : 0 }
     $2 == "total" { printf "%s: %d instructions, stored %d (%+.1f %%)\n", $1, $3, before, change
                     if (!before || change > 2) { worse = 1; printf "%s", places }
                     if (change < -2) print "  fewer: store them with Tools/instruction-counts.sh --write"
                     places = ""; next }
     $3 - before > before / 20 { places = places sprintf("  %s: %d, stored %d\n", $2, $3, before) }
     END { if (worse) print "slower than what is stored in Benchmarks/instructions.txt"; exit worse }' \
    "$stored" "$work/counts"
