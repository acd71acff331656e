#!/bin/sh
# Chromium, and the Python that drives it in .venv-browser; only what is missing.
set -eu
cd "$(dirname "$0")/.."
sh Tools/setup.sh browser

venv=.venv-browser
if ! cmp -s Tests/Browser/requirements.txt $venv/installed 2>/dev/null; then
    python3 -m venv $venv
    $venv/bin/pip install --quiet -r Tests/Browser/requirements.txt
    cp Tests/Browser/requirements.txt $venv/installed
fi
