#!/bin/sh
# Tries the explorer's page in a real headless Chromium, with the programs that were built.
set -eu
cd "$(dirname "$0")/.."
sh Tools/browser-setup.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if .venv-browser/bin/python -m unittest discover -s Tests/Browser -p "${1:-test_*.py}" >"$log" 2>&1; then
    status=0
else
    status=$?
fi
cat "$log"
ran=$(sed -n 's/^Ran \([0-9][0-9]*\) tests\{0,1\} .*/\1/p' "$log")
if [ "${ran:-0}" -eq 0 ]; then
    echo "no browser test ran" >&2
    exit 1
fi
exit $status
