#!/bin/sh
# Runs the tests under one of the compiler's sanitizers, in a build of its own; a fault ends the run.
#
#   sh Tools/sanitize.sh address      memory: overruns, use after free, leaks
#   sh Tools/sanitize.sh undefined    what C leaves undefined: shifts, overflow, alignment
#   sh Tools/sanitize.sh thread       data races
#
# All suites but two, which run the same code for long: those that compare with Keras's arrays, and those of the
# program's commands. And but two limits of time and one of memory, which no sanitizer keeps. What follows the sanitizer's
# name goes to `swift test`, `--filter FormatsTests` for instance.
set -eu
# The server and its tests too.
export VAE_EXPLORER=1
cd "$(dirname "$0")/.."
case "${1:-}" in
address | undefined | thread) sanitizer=$1 ;;
*)
    echo "usage: $0 address|undefined|thread [options of swift test]" >&2
    exit 64
    ;;
esac
shift
[ $# -gt 0 ] || set -- --skip CommandLineTests --skip ParityTests --skip 'BatchSamplerTests.*within' \
    --skip aThousandRunsStayQuick --skip slowReadersShareWhatTheyRead

clang=$(dirname "$(command -v swiftc)")/clang
[ -x "$clang" ] || clang=clang
mkdir -p ".build-$sanitizer"
# Swift's compiler has no `undefined` on Linux and checks its own arithmetic anyway: this one is for C, which without
# the second flag would print and go on.
if [ $sanitizer = undefined ]; then
    runtime=$("$clang" -print-file-name=libclang_rt.ubsan_standalone.a)
    [ -f "$runtime" ] || runtime=$("$clang" -print-file-name="libclang_rt.ubsan_standalone-$(uname -m).a")
    flags="-Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined -Xlinker $runtime"
else
    flags=--sanitize=$sanitizer
fi
if [ $sanitizer = thread ] && [ "$(uname)" = Linux ]; then
    "$clang" -O1 -c Tools/thread-sanitizer-swift.c -o .build-thread/swift.o
    flags="$flags -Xlinker $PWD/.build-thread/swift.o"
fi
# shellcheck disable=SC2086  # a list of words
swift build -c release --build-tests --disable-xctest --scratch-path ".build-$sanitizer" -Xswiftc -enable-testing $flags
log=.build-$sanitizer/tests.log
export TSAN_OPTIONS="suppressions=$PWD/Tools/thread-sanitizer.suppressions"
export LSAN_OPTIONS="suppressions=$PWD/Tools/leak-sanitizer.suppressions:print_suppressions=0"
# shellcheck disable=SC2086
swift test -c release --disable-xctest --scratch-path ".build-$sanitizer" $flags --skip-build "$@" >"$log" 2>&1 || {
    grep -vE '^(◇|↳|✔)' "$log" >&2
    exit 1
}
grep -E 'Test run with [1-9][0-9]* test' "$log"
