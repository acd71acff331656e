#!/bin/sh
# Pillow 13.0.0: Image.resize gives other pixels than Pillow 12, where a picture shrinks more in height than in width.
#
# Expected: one resampling, one result: the same 8-bit picture, size and filter give the same bytes in both versions, as
#   they did from Pillow 4 on; or a word about it in the release notes.
# Seen:     where the height shrinks by more than twice as many pixels as the width, Pillow 13 resizes the columns first.
#   Values are rounded and clamped to bytes between the two passes, so that the order shows: 43 % of the bytes
#   change with a triangle, 25 % with Lanczos. The release notes of 13.0.0 do not mention it.
# Version:  Pillow 12.0.0 and 13.0.0.
# Why it matters: a data set that was resized by one version is not the one that the other makes; golden pictures of tall
#   photographs fail, those of wide ones do not.
# Instead:  `Pictures` follows 13.0.0 to the bit (Sources/Pictures/Resizer.swift), with golden arrays of a tall picture.
#
# Installs both versions from PyPI into a temporary folder.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

cat >"$folder/resize.py" <<'EOF'
import sys

import PIL
from PIL import Image

# 40 × 200 and 200 × 40 pixels of a fixed pattern, made half as large.
pixels = bytes((i * i * 31 + i * 7 >> 3) & 255 for i in range(8000))
for name, size in ("tall", (40, 200)), ("wide", (200, 40)):
    image = Image.frombytes("L", size, pixels)
    for filter in Image.Resampling.BILINEAR, Image.Resampling.LANCZOS:
        half = image.resize((size[0] // 2, size[1] // 2), filter)
        open(f"{sys.argv[1]}-{name}-{filter.name}", "wb").write(half.tobytes())
print("Pillow", PIL.__version__)
EOF
for version in 12.0.0 13.0.0; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "pillow==$version"
    "$folder/$version/bin/python" "$folder/resize.py" "$folder/made-$version"
done
status=0
for name in tall-BILINEAR tall-LANCZOS wide-BILINEAR wide-LANCZOS; do
    differ=$(cmp -l "$folder/made-12.0.0-$name" "$folder/made-13.0.0-$name" | wc -l) || true
    echo "$name: $differ of 2000 bytes differ"
    case $name in
    tall-*) [ "$differ" -gt 0 ] || status=1 ;;
    *) [ "$differ" -eq 0 ] || status=1 ;;
    esac
done
[ $status -eq 0 ] || echo "this has changed"
exit $status
