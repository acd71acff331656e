#!/bin/sh
# Measures which regions of the parsers the tests reach, prints a table, and fails where one is not reached that is not
# named below with its reason. A name that fits no region any more fails as well.
set -eu
# The server and its tests too.
export VAE_EXPLORER=1
cd "$(dirname "$0")/.."

# File | words of the region's line | why no test reaches it.
exceptions='
Inflate.swift|fatalError("zlib has no memory")|memory for zlib is a few kilobytes
JPEG.swift|fatalError("no memory for a decoder of JPEG")|libjpeg has no memory for a few kilobytes
PNG.swift|throw PictureError.unsupported("libpng: |libpng has no memory: the size was judged before
SHA256.swift|fatalError("the system|libcrypto has no memory
JSONCoding.swift|default: "\(error)"|JSONDecoder throws nothing but a DecodingError, of these kinds
JSONValue.swift|"a key stands twice"|a programmer'"'"'s mistake, which ends the program
NPZ.swift|"an NPZ archive has each name once"|a programmer'"'"'s mistake, which ends the program
Safetensors.swift|"a safetensors file has each tensor name once|a programmer'"'"'s mistake, which ends the program
YAMLEvents.swift|"no memory for a YAML parser"|libyaml has no memory for a few kilobytes
YAMLEvents.swift|"no memory is left"|libyaml has no memory: the size was judged before
Table.swift|"a table has each column once"|a programmer'"'"'s mistake, which ends the program
NPZTableWriter.swift|"a table has the rows that it was begun for"|a programmer'"'"'s mistake, which ends the program
ThriftCompact.swift|"fields are written in ascending order"|a programmer'"'"'s mistake, which ends the program
Zip.swift|"a ZIP archive over 4 GiB needs ZIP64"|a programmer'"'"'s mistake, which ends the program'
# No parsers, but what the operating system may refuse.
others='AtomicFile|FileBytes|FileError|FileOperations|LibraryVersions|OutputFile'

build=.build-coverage
swift build -c release --build-tests --disable-xctest --enable-code-coverage --scratch-path $build \
    -Xswiftc -enable-testing
log=$build/tests.log
swift test -c release --disable-xctest --enable-code-coverage --scratch-path $build --skip-build \
    --filter "FormatsTests|YAMLTextTests" >"$log" 2>&1 || {
    grep -vE '^(◇|↳|✔)' "$log" >&2
    exit 1
}

# Of the toolchain's own version, or it cannot read what the compiler wrote.
llvm_cov=$(dirname "$(readlink -f "$(command -v swift)")")/llvm-cov
[ -x "$llvm_cov" ] || llvm_cov="xcrun llvm-cov"
folder=$(swift build -c release --scratch-path $build --show-bin-path)
tests=$(find "$folder" -maxdepth 1 -name '*PackageTests.xctest')
[ -f "$tests" ] || tests=$tests/Contents/MacOS/$(basename "$tests" .xctest)
set -- "$tests" "-instr-profile=$folder/codecov/default.profdata" Sources/Formats Sources/YAMLText
$llvm_cov report "$@" | awk '/^Filename|^-|\.swift|^TOTAL/ { print substr($0, 1, 80) }'

# A segment is [line, column, count, has a count, begins a region, …].
$llvm_cov export "$@" | tr '[{' '\n\n' | exceptions=$exceptions awk -v others="$others" '
    BEGIN {
        count = split(ENVIRON["exceptions"], lines, "\n")
        for (i = 1; i <= count; i++) if (split(lines[i], parts, "|") == 3) {
            names[++named] = parts[1]; words[named] = parts[2]; reasons[named] = parts[3]
        }
    }
    /"filename":"/ { path = $0; sub(/.*"filename":"/, "", path); sub(/".*/, "", path)
                     file = path; sub(/.*\//, "", file); at = 0; close(path) }
    /^[0-9]+,[0-9]+,0,true,true/ {
        if (file ~ "^(" others ")\\.swift$") next
        split($0, place, ",")
        if (place[1] < at) { close(path); at = 0 }
        while (at < place[1]) { getline text < path; at++ }
        for (i = 1; i <= named; i++) if (names[i] == file && index(text, words[i])) { used[i]++; next }
        sub(/^ +/, "", text)
        printf "not reached: %s:%d:%d: %s\n", file, place[1], place[2], text; missed++
    }
    END {
        for (i = 1; i <= named; i++) {
            if (used[i]) printf "left out: %s, %s: %s\n", names[i], words[i], reasons[i]
            else { printf "no such region: %s, %s\n", names[i], words[i]; missed++ }
        }
        printf "%d regions not reached\n", missed; exit missed > 0
    }'
