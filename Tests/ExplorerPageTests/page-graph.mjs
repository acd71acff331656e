// Runs ops and a graph by the page's own modules, outside a browser: node page-graph.mjs FOLDER QUESTIONS. Prints one JSON
// object.

import { readFileSync } from "node:fs";

/** A module of the page, those that it imports within it. @param {string} name @returns {string} */
const url = (name) => "data:text/javascript;base64," + Buffer.from(readFileSync(`${process.argv[2]}/${name}.js`, "utf8")
    .replace(/from "vae\/([\w-]+)"/g, (_, other) => `from "${url(other)}"`)).toString("base64");
const questions = JSON.parse(readFileSync(process.argv[3], "utf8"));
const numbers = (/** @type {number[]} */ values) => Float32Array.from(values);

const { ops } = await import(url("ops"));
const outputs = (questions.ops ?? []).map((/** @type {any} */ { op, settings, inputs, shape, parameters, values }) =>
    ops[op] ? Array.from(ops[op]({ settings, inputs, shape, factor: 1, parameter: (/** @type {string} */ name) => numbers(parameters[name]) })(
        ...values.map(numbers))) : null);

let graph = null;
if (questions.graph) {
    const { Engine } = await import(url("engine"));
    const { model, parameters, image, epsilon, z } = questions.graph;
    const engine = new Engine(model, (/** @type {string} */ name) => numbers(parameters[name]));
    const { mean, logVariance } = engine.encode(numbers(image));
    const seen = engine.activations({ image: numbers(image), epsilon: numbers(epsilon) });
    const layers = (/** @type {any} */ { layers }) => Object.fromEntries(
        layers.map((/** @type {any} */ { part, name, values }) => [`${part}/${name}`, Array.from(values)]));
    graph = {
        mean: Array.from(mean), log_variance: Array.from(logVariance), z: Array.from(seen.z), decode: Array.from(engine.decode(numbers(z))),
        layers: layers(seen), decoder: Object.keys(layers(engine.activations({ z: numbers(z) }))),
        steps: [engine.encoding.length, engine.decoding.length],
    };
}
console.log(JSON.stringify({ outputs, graph }));
