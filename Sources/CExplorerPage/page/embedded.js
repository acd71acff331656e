// The source of an exported page: all answers from data inside the page, computed by engine.js.
// The text of <script id="embedded-run"> is an `EmbeddedRun`, written by SelfContainedPage.swift.

import { Engine } from "vae/engine";
import { readSheet } from "vae/png";
import { placeOf, rowOf, spread } from "vae/source";

/**
 * @typedef {object} EmbeddedRun arrays are little-endian bytes in base64
 * @property {import("vae/source").RunDetail} detail what GET /api/runs/{id} answers
 * @property {string} checkpoint whose weights these are
 * @property {import("vae/engine").Model} model
 * @property {{name: string, count: number}[]} parameters in the order of `weights`
 * @property {string} weights float32
 * @property {{count: number, total: number, mean: string, log_variance: string|null, labels: string|null,
 *   reconstruction_loss: string, kl_loss: string}} codes of the test images, all or some at even distances, at z = mean; float32
 * @property {{count: number, shape: [number, number, number], sheets: string[], names: string[]|null}} images of these,
 *   again all or some at even distances: PNG sheets as the detail's `sheet` says
 */

/** How long the page may compute without a pause, in milliseconds. */
const patience = 8;

function bytes(/** @type {string} */ text) {
    const binary = atob(text), out = new Uint8Array(binary.length);
    for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
    return out;
}

function floats(/** @type {string} */ text) {
    const view = new DataView(bytes(text).buffer), out = new Float32Array(view.byteLength / 4);
    for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(i * 4, true);
    return out;
}

/** The images of several sheets, one behind the other. @param {EmbeddedRun["images"]} images @param {{columns: number, rows: number}} sheet */
async function pixelsOf({ count, shape, sheets }, { columns, rows }) {
    const size = shape[0] * shape[1] * shape[2], full = columns * rows, pixels = new Uint8Array(count * size);
    for (let first = 0; first < count; first += full) {
        pixels.set(await readSheet(bytes(sheets[first / full]), shape, Math.min(full, count - first), columns), first * size);
        await pause();
    }
    return pixels;
}

/** Lets the page answer its reader, and goes on. */
function pause() {
    return new Promise((resolve) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => { channel.port1.close(); resolve(undefined); };
        channel.port2.postMessage(null);
    });
}

export class EmbeddedSource {
    /** @type {"training"|"test"} */
    neighborKind = "test";

    /** @param {string} [text] an `EmbeddedRun` as JSON */
    constructor(text = document.getElementById("embedded-run")?.textContent ?? "") {
        /** @type {EmbeddedRun} */
        const run = JSON.parse(text);
        const weights = floats(run.weights), places = new Map();
        let from = 0;
        for (const { name, count } of run.parameters) {
            places.set(name, weights.subarray(from, from + count));
            from += count;
        }
        this.detail = { ...run.detail, checkpoints: run.detail.checkpoints.filter(({ id }) => id === run.checkpoint) };
        this.engine = new Engine(run.model, (name) => {
            const values = places.get(name);
            if (!values) throw new Error(`This page holds no weights ${name}.`);
            return values;
        });
        const { count, total, mean, log_variance, labels, reconstruction_loss, kl_loss } = run.codes;
        this.testCodes = {
            count, total, latent: this.engine.latent, mean: floats(mean), logVariance: log_variance ? floats(log_variance) : null,
            labels: labels ? Int32Array.from(floats(labels)) : null, reconstructionLoss: floats(reconstruction_loss),
            klLoss: floats(kl_loss),
        };
        const { klLoss, reconstructionLoss } = this.testCodes;
        this.sortedLosses = Float32Array.from(reconstructionLoss, (loss, i) => loss + klLoss[i]).sort();
        this.held = spread(run.images.count, count);
        this.names = run.images.names;
        this.testImages = pixelsOf(run.images, run.detail.sheet).then((pixels) => ({ shape: run.images.shape, pixels }));
        // Told to who asks for them.
        this.testImages.catch(() => {});
    }

    async runs() { return [this.detail]; }

    async run(/** @type {string} */ _id) { return this.detail; }

    async codes() { return this.testCodes; }

    /** Of the test images that it holds: all of them, unless they are many or large. */
    async places() { return this.held.map((row) => placeOf(this.testCodes, row)); }

    async image(_id, /** @type {number} */ place) {
        const row = rowOf(this.testCodes, place), { count } = this.testCodes;
        const index = Math.min(this.held.length - 1, Math.ceil(row * this.held.length / count));
        if (this.held[index] !== row || placeOf(this.testCodes, row) !== place) return null;
        return { pixels: this.#pixels((await this.testImages).pixels, index), name: this.names?.[index] ?? null };
    }

    async images(/** @type {string} */ id, /** @type {number[]} */ places) {
        return (await Promise.all(places.map((place) => this.image(id, place)))).map((picture) => picture?.pixels ?? null);
    }

    #pixels(/** @type {Uint8Array} */ pixels, /** @type {number} */ index) {
        return pixels.subarray(index * this.engine.pixels, (index + 1) * this.engine.pixels);
    }

    /** @param {Float32Array} z n · latent values @returns {Promise<Float32Array>} n images */
    async decode(_id, _checkpoint, z) {
        const { latent, pixels } = this.engine, count = z.length / latent;
        const images = new Float32Array(count * pixels);
        await this.#each(count, (i) => images.set(this.engine.decode(z.subarray(i * latent, (i + 1) * latent)), i * pixels));
        return images;
    }

    /** @param {Float32Array} images n · pixels values in [0, 1] */
    async encode(_id, _checkpoint, images) {
        const { latent, pixels, model } = this.engine, count = images.length / pixels;
        const mean = new Float32Array(count * latent), logVariance = model.variational ? new Float32Array(count * latent) : null;
        await this.#each(count, (i) => {
            const code = this.engine.encode(images.subarray(i * pixels, (i + 1) * pixels));
            mean.set(code.mean, i * latent);
            if (code.logVariance) logVariance?.set(code.logVariance, i * latent);
        });
        return { mean, logVariance };
    }

    /** Losses at z = mean, and the share of test images with a lower one. @param {Float32Array} images */
    async score(_id, _checkpoint, images) {
        const { engine, sortedLosses } = this, count = images.length / engine.pixels;
        const [loss, reconstructionLoss, klLoss, percentile] = [0, 1, 2, 3].map(() => new Float32Array(count));
        await this.#each(count, (i) => {
            const scored = engine.score(images.subarray(i * engine.pixels, (i + 1) * engine.pixels));
            reconstructionLoss[i] = scored.reconstructionLoss;
            klLoss[i] = scored.klLoss;
            loss[i] = reconstructionLoss[i] + klLoss[i];
            let low = 0, high = sortedLosses.length;
            while (low < high) {
                const middle = (low + high) >> 1;
                if (sortedLosses[middle] < loss[i]) low = middle + 1; else high = middle;
            }
            percentile[i] = 100 * low / Math.max(sortedLosses.length, 1);
        });
        return { loss, reconstructionLoss, klLoss, percentile };
    }

    /** Among the images that the page holds, since it has no training images. @param {Float32Array} z */
    async neighbors(_id, _checkpoint, z, count = 8) {
        const { mean, labels, latent } = this.testCodes, { pixels } = await this.testImages;
        const distances = Float32Array.from(this.held, (row) => {
            let sum = 0;
            for (let d = 0; d < latent; d++) sum += (mean[row * latent + d] - z[d]) ** 2;
            return Math.sqrt(sum);
        });
        const order = Array.from(distances.keys()).sort((a, b) => distances[a] - distances[b]).slice(0, count);
        return order.map((index) => ({
            index: placeOf(this.testCodes, this.held[index]), label: labels ? labels[this.held[index]] : null,
            name: this.names?.[index], distance: distances[index], pixels: this.#pixels(pixels, index),
        }));
    }

    /** @param {{image?: Float32Array, epsilon?: Float32Array|null, z?: Float32Array}} input */
    async activations(_id, _checkpoint, input) {
        const { logVariance, reconstructionLoss, klLoss, ...rest } = this.engine.activations(input);
        return { ...rest, log_variance: logVariance, reconstruction_loss: reconstructionLoss, kl_loss: klLoss };
    }

    /** Nothing happens in a page that is finished. */
    events() { return null; }

    /** @param {(i: number) => void} body */
    async #each(count, body) {
        let until = performance.now() + patience;
        for (let i = 0; i < count; i++) {
            if (performance.now() > until) {
                await pause();
                until = performance.now() + patience;
            }
            body(i);
        }
    }
}
