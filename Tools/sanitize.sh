#!/bin/sh
# Runs the tests under one of the compiler's sanitizers, in a build of its own; a fault ends the run.
#
#   sh Tools/sanitize.sh address      memory: overruns, use after free, leaks
#   sh Tools/sanitize.sh undefined    what C leaves undefined: shifts, overflow, alignment
#   sh Tools/sanitize.sh thread       data races
#
# All suites but two, which run the same code for long: those that compare with Keras's arrays, and those that run the
# built program with Foundation's Process, which leaks. What follows the sanitizer's name goes to `swift test`,
# `--filter FormatsTests` for instance.
set -eu
cd "$(dirname "$0")/.."
case "${1:-}" in
address | undefined | thread) sanitizer=$1 ;;
*)
    echo "usage: $0 address|undefined|thread [options of swift test]" >&2
    exit 64
    ;;
esac
shift
[ $# -gt 0 ] || set -- --skip CommandLineTests --skip ParityTests

# Without this clang would print and go on.
flags=$([ $sanitizer != undefined ] || echo "-Xcc -fno-sanitize-recover=undefined")
# shellcheck disable=SC2086  # a list of words
swift build -c release --build-tests --disable-xctest --scratch-path ".build-$sanitizer" --sanitize="$sanitizer" \
    -Xswiftc -enable-testing $flags
log=.build-$sanitizer/tests.log
# shellcheck disable=SC2086
swift test -c release --disable-xctest --scratch-path ".build-$sanitizer" --sanitize="$sanitizer" $flags --skip-build \
    "$@" >"$log" 2>&1 || {
    grep -vE '^(◇|↳|✔)' "$log" >&2
    exit 1
}
grep -E 'Test run with [1-9][0-9]* test' "$log"
