#!/bin/sh
# Fuzzes the parsers with libFuzzer and AddressSanitizer. What fails is kept in .build-fuzz/findings; an input that ever
# failed becomes a test.
#
#   sh Tools/fuzz.sh                                all parsers, 60 seconds each
#   FUZZ_SECONDS=5 sh Tools/fuzz.sh idx png         two of them, 5 seconds each
#   FUZZ_RUNS=10000000 sh Tools/fuzz.sh             all, as many inputs each
#   sh Tools/fuzz-report.sh                         what came of the runs by number, as a table
#
# Built by the compiler alone and not by SwiftPM, which renames an executable's main function where libFuzzer brings its
# own; and the parsers are not public, so that a package beside ours could not reach them. Here all modules have one
# package name. One program holds all targets and chooses by the name it is called by: fuzz-idx.
# Only parsers are instrumented for coverage, ours in C and libyaml too; libpng, libjpeg, libwebp, zlib and libcrypto
# are the system's, and
# the numeric core, which no file reaches before it was judged, is the one that the program is linked from.
set -eu
export VAE_EXPLORER=1
cd "$(dirname "$0")/.."

out=.build-fuzz
parsers=${*:-gzip idx npy npz csv safetensors png jpeg webp json yaml recipe checkpoint model hdf5 pickle weights}
mkdir -p "$out/findings"

# Presets are left out: SwiftPM writes their bytes into a file of its own.
compile() { # sanitizers module
    folder=Sources/$2
    [ -d "$folder" ] || folder=Fuzzing/$2
    swiftc -swift-version 6 -enable-upcoming-feature ExistentialAny -warnings-as-errors -O -g -wmo -parse-as-library \
        -package-name vae -module-name "$2" -sanitize="$1" -I "$out" \
        -Xcc -fmodule-map-file=Fuzzing/module.modulemap -emit-module -emit-module-path "$out/$2.swiftmodule" \
        -c $(find "$folder" -name '*.swift' ! -name Preset.swift | sort) -o "$out/$2.o"
}

compile_c() {
    clang=$(dirname "$(command -v swiftc)")/clang
    [ -x "$clang" ] || clang=clang
    for source in Sources/CImageCodecs/*.c Sources/CPictures/*.c Sources/CZlib/*.c Sources/CDigest/*.c; do
        "$clang" -std=gnu11 -O1 -g -fsanitize=address,fuzzer-no-link -I"$(dirname "$source")/include" -c "$source" \
            -o "$out/$(basename "$source").o"
    done
}

# Two at a time, in the order of their imports.
build() {
    swift build -c release --target CKernels >"$out/build.log" || {
        cat "$out/build.log" >&2
        exit 1
    }
    compile_c &
    other=$!
    compile fuzzer,address Settings
    compile address Tensors
    wait $other
    compile fuzzer,address Formats &
    other=$!
    compile address Graphs
    compile address Ops
    compile fuzzer,address Models
    wait $other
    compile fuzzer,address YAMLText
    compile address Pictures
    compile address Datasets
    compile fuzzer,address Training
    compile fuzzer,address Recipes
    compile fuzzer,address Interchange
    compile address Targets
    set -- "$out"/*.o "$(swift build -c release --show-bin-path)"/CKernels.build/*.o -lpng16 -ljpeg -lz -lyaml -lm
    # lld, since gold warns of each of AddressSanitizer's symbols.
    if [ "$(uname)" = Linux ]; then set -- "$@" -lcrypto -use-ld=lld; fi
    swiftc -sanitize=fuzzer,address "$@" -o "$out/fuzz"
}

sum=$(cat Tools/fuzz.sh Fuzzing/module.modulemap Fuzzing/Targets/*.swift $(find Sources -name "*.swift" | sort) Sources/C[!M]*/*.[ch] \
    Sources/C[!M]*/*.inc Sources/C[!M]*/include/*.h | cksum)
if [ "$sum" != "$(cat "$out/built" 2>/dev/null)" ]; then
    rm -f "$out/built"
    build
    echo "$sum" >"$out/built"
fi

# Loaded when a picture needs it, and so perhaps not there.
has_webp() {
    case "$(uname)" in
    Linux) ldconfig -p | grep -q 'libwebp\.so\.7' ;;
    *) [ -e /opt/homebrew/lib/libwebp.7.dylib ] || [ -e /usr/local/lib/libwebp.7.dylib ] ;;
    esac
}

# Freed memory is kept from use for a while, to catch who still uses it; a shorter while is twice as fast.
export ASAN_OPTIONS="${ASAN_OPTIONS:-quarantine_size_mb=8:malloc_context_size=3}"
if [ -n "${FUZZ_RUNS:-}" ]; then length=-runs=$FUZZ_RUNS; else length=-max_total_time=${FUZZ_SECONDS:-60}; fi
for parser in $parsers; do
    if [ $parser = webp ] && ! has_webp; then
        echo "fuzz-webp skipped: libwebp is not on this machine"
        continue
    fi
    ln -f "$out/fuzz" "$out/fuzz-$parser"
    mkdir -p "$out/corpus/$parser"
    set -- "$length" -timeout=5 -malloc_limit_mb=512 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1
    [ -f "Fuzzing/$parser.dict" ] && set -- "$@" "-dict=Fuzzing/$parser.dict"
    echo "fuzz-$parser $length"
    started=$(date +%s)
    status=0
    "$out/fuzz-$parser" "$@" "-artifact_prefix=$out/findings/$parser-" "$out/corpus/$parser" \
        "Fuzzing/Corpus/$parser" 2>"$out/$parser.log" || status=1
    if [ -n "${FUZZ_RUNS:-}" ]; then
        statistic() { sed -n "s/^stat::$1: *//p" "$out/$parser.log"; }
        printf '%s\t%s\t%s\t%s\t%s\n' "$parser" "$(statistic number_of_executed_units)" \
            "$(find "$out/findings" -name "$parser-*" | wc -l)" "$(($(date +%s) - started))" \
            "$(statistic peak_rss_mb)" >>"$out/runs.tsv"
    fi
    if [ $status -ne 0 ]; then
        tail -n 60 "$out/$parser.log" >&2
        exit 1
    fi
    grep -E '^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' "$out/$parser.log"
done
