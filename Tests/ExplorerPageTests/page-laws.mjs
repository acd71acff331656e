// What the page's modules come to, outside a browser: node page-laws.mjs FOLDER. Prints one JSON object.

import { readFileSync } from "node:fs";

/** A module of the page, those that it imports within it. @param {string} name @returns {string} */
const url = (name) => "data:text/javascript;base64," + Buffer.from(readFileSync(`${process.argv[2]}/${name}.js`, "utf8")
    .replace(/from "vae\/([\w-]+)"/g, (_, other) => `from "${url(other)}"`)).toString("base64");
const page = (/** @type {string} */ name) => import(url(name));

let seed = 7;
/** Numbers between −1 and 1 that are the same everywhere. */
const noise = () => (seed = (seed * 48271) % 2147483647) / 1073741823.5 - 1;
const code = (/** @type {number} */ latent, size = 3) => Float32Array.from({ length: latent }, () => size * noise());
const norm = (/** @type {ArrayLike<number>} */ z) => Math.hypot(...Array.from(z));

// Images at even distances.
const { placeOf, rowOf, spread } = await page("source");
const sizes = [[1, 1], [7, 40], [20, 20], [3, 100], [20_000, 70_001]];
const places = sizes.map(([count, total]) => Array.from(spread(count, total)));
const strays = sizes.filter(([count, total], index) => places[index].some((place, row) =>
    placeOf({ count, total }, row) !== place || rowOf({ count, total }, place) !== row)
    || Array.from({ length: total }, (_, place) => rowOf({ count, total }, place)).some((row) => !(row >= 0 && row < count)));

// Ways.
const { hasGreatCircle, spherical, straight } = await page("way");
const steps = Array.from({ length: 33 }, (_, index) => index / 32);
const gap = (/** @type {Float32Array} */ a, /** @type {Float32Array} */ b) => norm(a.map((value, index) => value - b[index]));
let [outside, ends, turned] = [0, 0, 0];
for (let pair = 0; pair < 600; pair += 1) {
    const latent = [2, 3, 8][pair % 3], [a, b] = [code(latent), code(latent, pair % 2 ? 3 : 0.3)];
    if (!hasGreatCircle(a, b)) continue;
    turned += 1;
    const radii = steps.map((t) => norm(spherical(a, b, t)));
    const [least, most] = [Math.min(norm(a), norm(b)), Math.max(norm(a), norm(b))];
    outside = Math.max(outside, ...radii.map((radius) => Math.max(least - radius, radius - most) / most));
    ends = Math.max(ends, gap(spherical(a, b, 0), a), gap(spherical(a, b, 1), b));
}
const without = [[[-2, -1], [2.3, 1.2]], [[1, 2], [-1, -2]], [[0, 0], [1, 1]], [[1, 1], [0, 0]]].map(([a, b]) => ({
    has: hasGreatCircle(a, b), off: Math.max(...steps.map((t) => gap(spherical(a, b, t), straight(a, b, t)))),
}));
const parallel = Math.max(...steps.map((t) => gap(spherical([1, 2], [2, 4], t), straight([1, 2], [2, 4], t))));

// Names.
const { apart, medoid } = await page("names");
const overlap = (/** @type {any[]} */ boxes) => boxes.some((a, one) => boxes.some((b, other) => one < other
    && Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 1e-9 && Math.abs(a.y - b.y) < (a.height + b.height) / 2 - 1e-9));
let [covered, beyond] = [0, 0];
for (let round = 0; round < 200; round += 1) {
    // All in one place, close together, and all over the map; short names and long ones.
    const reach = [0, 20, 200][round % 3];
    const boxes = apart(Array.from({ length: 10 }, () => ({
        x: 200 + reach * noise(), y: 200 + reach * noise(), width: round % 2 ? 16 : 70, height: 18,
    })), 400, 400);
    covered += Number(overlap(boxes));
    beyond += Number(boxes.some(({ x, y, width }) => x < width / 2 - 1e-9 || x > 400 - width / 2 + 1e-9 || y < 9 - 1e-9 || y > 391 + 1e-9));
}
const line = [0, 1, 2, 3, 100];
const middle = medoid([0, 1, 2, 3, 4], (one, other) => Math.abs(line[one] - line[other]));

// The place to begin: class 0 and 1 lie upon each other around zero, class 2 apart.
const { typical } = await page("plane");
const count = 300, labels = Int16Array.from({ length: count }, (_, row) => row % 3);
const mean = Float32Array.from({ length: 2 * count }, (_, at) => noise() + (labels[at >> 1] === 2 ? 6 : 0));
const begin = typical({ count, latent: 2, mean, labels });
const crowd = Float32Array.from({ length: 2 * count }, (_, at) => ((at >> 1) % 2 ? 4 + 0.1 * noise() : 4 * noise()));
const densest = typical({ count, latent: 2, mean: crowd, labels: null });

// What a dimension tells, by the codes alone and by what the server says: σ = 0.5 and means ±1 in one of two dimensions.
const { informative } = await page("plane");
const [told, rare] = [2, 2000].map((count) => ({
    count, latent: 2, mean: Float32Array.from({ length: 2 * count }, (_, at) => (at % 2 ? (at % 4 < 2 ? 1 : -1) : 0)),
    logVariance: Float32Array.from({ length: 2 * count }, (_, at) => (at % 2 ? Math.log(0.25) : 0)), labels: null,
}));
const tells = { bare: [informative(told, null), informative(rare, null)], given: informative(told, [0.3, 0.2]).order };

// Kinds of losses.
const { kindsOf } = await page("kinds");
const run = (/** @type {string} */ name, /** @type {Record<string, string>} */ settings, isVariational = true, latent = 2) => ({
    name, latent, is_variational: isVariational, image_shape: [28, 28, 1],
    settings: Object.entries({ likelihood: "squared-error", divergence: "mean", beta: "1.0", warm_up: "0.0", ...settings })
        .map(([key, value]) => ({ name: key, value })),
});
const runs = [run("tutorial", {}), run("again", {}), run("half", { divergence: "sum", beta: "0.5" }), run("bernoulli", { likelihood: "bernoulli" }),
    run("plain", {}, false), run("wide", {}, true, 8), run("narrow", { likelihood: "gaussian", variance: "0.1" }),
    run("broad", { likelihood: "gaussian", variance: "0.5" })];
const kinds = Object.fromEntries(["loss", "reconstruction_loss", "kl_loss"].map((quantity) =>
    [quantity, kindsOf(runs, quantity).map((/** @type {any} */ kind) => kind.runs.map((/** @type {any} */ { name }) => name).join(" "))]));

// Words about a training.
const { endWords, progressWords } = await page("progress");
const training = (/** @type {number} */ done, state = "training", /** @type {number|null} */ left = null) =>
    ({ state, epochs: 20, epochs_done: done, loss: done ? 40 : null, val_loss: null, seconds_left: left });
const step = (/** @type {number} */ epoch) => ({ epoch, epochs: 20, step: 120, steps: 469, loss: 41.5, seconds_left: 900 });
const words = [progressWords(training(0)), progressWords(training(5, "training", 900)), progressWords(training(19, "training", 3)),
    progressWords(training(0), false, step(1)), progressWords(training(5), false, step(6)), progressWords(training(5), false, step(5)),
    progressWords(training(12), true, step(13)), progressWords(training(5, "interrupted"), false, step(6)),
    progressWords(training(20, "finished")), progressWords(training(3, "interrupted")), endWords(training(12)), endWords(training(20)), endWords(null)];

console.log(JSON.stringify({
    places: places.slice(0, 4), strays: strays.length,
    turned, outside, ends, without, parallel, covered, beyond, middle, tells, kinds, words,
    begin: { label: labels[begin], radius: Math.hypot(mean[2 * begin], mean[2 * begin + 1]) }, densest: densest % 2,
}));
