#!/bin/sh
# Builds and runs all tests, optimised; fails when a test fails or when none ran.
# `test.sh --filter NAME` runs some of them.
set -eu
# The server and its tests too.
export VAE_EXPLORER=1

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# `swift test` would compile with testability by itself, `swift build` does not.
swift build -c release --build-tests --disable-xctest -Xswiftc -enable-testing
# The tests run the program that was built beside them.
# One after the other: at once, their thread pools wait for each other's cores, which takes two thirds more of them.
if swift test -c release --disable-xctest --skip-build --no-parallel "$@" >"$log" 2>&1; then status=0; else status=$?; fi
grep -vE '^(◇|↳|✔ Test (case|")|✔ Test [a-zA-Z_]+\(|◇ Test)' "$log" || true

ran=$(sed -n 's/.*Test run with \([0-9][0-9]*\) test.*/\1/p' "$log" | tail -n 1)
if [ "$status" -ne 0 ]; then
    exit "$status"
fi
if [ "${ran:-0}" -eq 0 ]; then
    echo "no test ran" >&2
    exit 1
fi
[ $# -eq 0 ] || exit 0
# The guide and the reference, from the modules that the tests were built with: seconds.
sh Tools/docs.sh --no-build >"$log" 2>&1 || {
    cat "$log"
    exit 1
}
