// Asks an exported page's own modules, outside a browser: node ask-page.mjs PAGE QUESTIONS. Prints one JSON object.

import { readFileSync } from "node:fs";

const html = readFileSync(process.argv[2], "utf8"), { images, z, epsilon } = JSON.parse(readFileSync(process.argv[3], "utf8"));
const part = (/** @type {string} */ start) => html.split(start)[1].split("</script>")[0];
const { imports } = JSON.parse(part('<script type="importmap">'));
/** A module of the page, those that it imports within it. @param {string} name @returns {string} */
const url = (name) => "data:text/javascript;base64," + Buffer.from(Buffer.from(imports[name].split(",")[1], "base64").toString()
    .replace(/from "(vae\/[\w-]+)"/g, (_, other) => `from "${url(other)}"`)).toString("base64");
const { EmbeddedSource } = await import(url("vae/embedded"));

const source = new EmbeddedSource(part('<script type="application/json" id="embedded-run">'));
const flat = (/** @type {number[][]} */ rows) => Float32Array.from(rows.flat());
const list = (/** @type {any} */ value) => value === null ? null : Array.from(value);
const lists = (/** @type {object} */ object) => Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, value?.length === undefined ? value : list(value)]));

const seen = await source.activations("", "", { image: Float32Array.from(images[0]), epsilon: Float32Array.from(epsilon) });
console.log(JSON.stringify({
    name: (await source.runs())[0].name,
    codes: lists(await source.codes()),
    pixels: list((await source.testImages).pixels),
    encode: lists(await source.encode("", "", flat(images))),
    decode: list(await source.decode("", "", flat(z))),
    score: lists(await source.score("", "", flat(images))),
    neighbors: (await source.neighbors("", "", Float32Array.from(z[0]), 3)).map(({ index }) => index),
    layers: seen.layers.map((/** @type {any} */ layer) => ({ ...layer, values: list(layer.values) })),
    z: list(seen.z), image: list(seen.image), reconstruction: seen.reconstruction_loss, kl: seen.kl_loss,
}));
