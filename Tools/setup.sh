#!/bin/sh
# Installs the system libraries that the package links, only those that are missing.
# `setup.sh tests` adds what runs the NEON body on x86-64 and counts instructions, `setup.sh browser` Chromium,
# `setup.sh bench` oneDNN and wrk, `setup.sh results` Fashion-MNIST.
set -eu

missing=""
need() { # header package
    for folder in /usr/include /usr/local/include /opt/homebrew/include; do
        [ -e "$folder/$1" ] && return
    done
    missing="$missing $2"
}

case "$(uname)" in
Linux)
    need zlib.h zlib1g-dev
    need png.h libpng-dev
    need jpeglib.h libjpeg62-turbo-dev
    need openssl/evp.h libssl-dev
    need yaml.h libyaml-dev
    if [ "${1:-}" = tests ] && [ "$(uname -m)" = x86_64 ]; then
        command -v valgrind >/dev/null || missing="$missing valgrind"
        command -v qemu-aarch64 >/dev/null || missing="$missing qemu-user"
        [ -d /usr/aarch64-linux-gnu/include ] ||
            missing="$missing libc6-dev-arm64-cross libgcc-12-dev-arm64-cross binutils-aarch64-linux-gnu"
    fi
    if [ "${1:-}" = browser ]; then
        command -v chromium >/dev/null || missing="$missing chromium"
        command -v chromedriver >/dev/null || missing="$missing chromium-driver"
    fi
    [ "${1:-}" != results ] || [ -d /usr/share/datasets/fashion-mnist ] || missing="$missing dataset-fashion-mnist"
    if [ "${1:-}" = bench ]; then
        need oneapi/dnnl/dnnl.hpp libdnnl-dev
        command -v wrk >/dev/null || missing="$missing wrk"
    fi
    [ -z "$missing" ] && exit 0
    run=""
    [ "$(id -u)" = 0 ] || run=sudo
    echo "installing$missing" >&2
    $run apt-get update -qq
    # shellcheck disable=SC2086  # a list of words
    $run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
    ;;
Darwin)
    need zlib.h zlib
    need png.h libpng
    need jpeglib.h jpeg-turbo
    need openssl/evp.h openssl@3
    need yaml.h libyaml
    [ -z "$missing" ] && exit 0
    echo "installing$missing" >&2
    # shellcheck disable=SC2086
    brew install $missing
    ;;
esac
