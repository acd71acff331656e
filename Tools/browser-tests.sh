#!/bin/sh
# Tries the explorer's page in a real headless Chromium, with the programs that were built.
set -eu
cd "$(dirname "$0")/.."
sh Tools/setup.sh browser

venv=.venv-browser
if ! cmp -s Tests/Browser/requirements.txt $venv/installed 2>/dev/null; then
    python3 -m venv $venv
    $venv/bin/pip install --quiet -r Tests/Browser/requirements.txt
    cp Tests/Browser/requirements.txt $venv/installed
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if $venv/bin/python -m unittest discover -s Tests/Browser -p "${1:-test_*.py}" >"$log" 2>&1; then status=0; else status=$?; fi
cat "$log"
ran=$(sed -n 's/^Ran \([0-9][0-9]*\) tests\{0,1\} .*/\1/p' "$log")
if [ "${ran:-0}" -eq 0 ]; then
    echo "no browser test ran" >&2
    exit 1
fi
exit $status
