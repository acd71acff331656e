#!/bin/sh
# Makes the guide's pictures from two trainings, into Sources/VAE/VAE.docc/Resources, and prints the numbers that its
# text takes from them:
#
#   vae train --preset tutorial --seed 0 --out runs/guide
#   vae train --preset tutorial --plain-autoencoder --epochs 5 --seed 0 --out runs/guide-autoencoder --no-figures
#   sh Tools/guide-figures.sh runs/guide runs/guide-autoencoder
#
# The SVG files follow the reader's light or dark surroundings by themselves. model.svg is drawn by hand.
# VAE names another program than .build/release/vae.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 RUN AUTOENCODER-RUN" >&2; exit 64; }
cd "$(dirname "$0")/.."
vae=${VAE:-.build/release/vae}
out=Sources/VAE/VAE.docc/Resources

"$vae" report "$1" --compare "$2"
for name in samples losses reconstructions scatter comparison grid; do
    cp "$1/figures/$name.svg" "$out/"
done
"$vae" interpolate "$1" --from 3 --to 0 --steps 10 --out "$out/interpolation.svg"
"$vae" sample "$1" --n 49 --seed 1 --out "$out/new-images.png"
"$vae" sample "$2" --n 49 --seed 1 --out "$out/new-images-plain.png"
ls -l "$out"

echo "Training-the-Model.md, its table: epoch, loss, val_loss"
sed -n 's/.*"epoch":\([0-9]*\),.*"loss":\([0-9.]*\),.*"val_loss":\([0-9.]*\),.*/\1 \2 \3/p' "$1/metrics.jsonl"
echo "Training-the-Model.md, the KL at the end"
"$vae" evaluate "$1"
echo "The-Latent-Space.md, the plain autoencoder's error, and the VAE's after as many epochs"
"$vae" evaluate "$2" --mean
sed -n "$(wc -l <"$2/metrics.jsonl" | tr -d ' ')p" "$1/metrics.jsonl"
echo "The-Latent-Space.md, where the means lie"
"$vae" embed "$1" --out "$1/codes.csv"
awk -F , 'NR > 1 {
    n++; a += $4; b += $5; aa += $4 * $4; bb += $5 * $5; inside += $4 * $4 + $5 * $5 < 5.991
    edge = $4 * $4 + $5 * $5 > 6.25; centre = $4 * $4 + $5 * $5 < 0.25; s = (log($6) + log($7)) / 2
    all += s; e += edge; es += edge * s; c += centre; cs += centre * s
} END {
    printf "mean %.2f %.2f, deviation %.2f %.2f, within the 95 %% circle %d of %d\n", a / n, b / n,
        sqrt(aa / n - a * a / n / n), sqrt(bb / n - b * b / n / n), inside, n
    printf "typical sigma %.3f, within 0.5 of zero %.3f, beyond 2.5 %.3f\n", exp(all / n), exp(cs / c), exp(es / e)
}' "$1/codes.csv"
