#!/bin/sh
# Writes what came of each parser's last run by number (FUZZ_RUNS, Tools/fuzz.sh) into a page, between its two marks.
#
#   sh Tools/fuzz-report.sh Documentation/reliability.md
set -eu
cd "$(dirname "$0")/.."

page=$1
table=$(awk -F '\t' '
    function grouped(n) { while (n ~ /[0-9][0-9][0-9][0-9]/) sub(/[0-9][0-9][0-9]($|,)/, ",&", n); return n }
    { if (!($1 in row)) order[++count] = $1
      row[$1] = sprintf("| %s | %s | %s | %s | %s MB |", $1, grouped($2), $3, grouped($4), $5) }
    END { for (i = 1; i <= count; i++) print row[order[i]] }' .build-fuzz/runs.tsv | sort)
work=$(mktemp)
trap 'rm -f "$work"' EXIT
table=$table awk '
    /<!-- fuzz: end -->/ { skips = 0 }
    !skips { print }
    /<!-- fuzz: begin -->/ {
        skips = 1; found = 1
        print "| parser | inputs | failures | seconds | memory at most |\n|---|---:|---:|---:|---:|\n" ENVIRON["table"]
    }
    END { if (!found) exit 1 }' "$page" >"$work"
cat "$work" >"$page"
