// Where a view's answers come from. `RemoteSource` asks the server; the exported page computes its own.

import { readSheet } from "vae/png";

/**
 * @typedef {object} RunSummary
 * @property {string} id safe in a URL
 * @property {string} name anybody's words: shown as text only
 * @property {"finished"|"training"|"interrupted"|"unreadable"} state
 * @property {string|null} problem why a folder cannot be read
 * @property {number} epochs_done
 * @property {number} epochs
 * @property {number} latent
 * @property {boolean} is_variational
 * @property {[number, number, number]} image_shape height, width, channels
 * @property {number|null} val_loss after the last epoch, as `loss`
 * @property {number|null} loss
 * @property {number|null} seconds_left until its training ends; null before one epoch has said how long they take
 *
 * @typedef {object} Progress where a training stands within an epoch
 * @property {string} run
 * @property {number} epoch under way, from 1
 * @property {number} step
 * @property {number} steps of the epoch
 * @property {number} loss of the epoch so far
 * @property {number} seconds_left
 *
 * @typedef {object} LayerDetail
 * @property {string} name
 * @property {string} type
 * @property {number[]} output_shape
 * @property {number} parameters
 *
 * @typedef {object} EpochMetrics
 * @property {number} epoch
 * @property {number} loss
 * @property {number} reconstruction_loss
 * @property {number} kl_loss
 * @property {number|null} val_loss null without validation images, as the two parts
 * @property {number|null} val_reconstruction_loss
 * @property {number|null} val_kl_loss
 *
 * @typedef {object} RunExtras
 * @property {string} objective
 * @property {{ name: string, value: any }[]} settings
 * @property {number} parameters
 * @property {LayerDetail[]} encoder
 * @property {LayerDetail[]} decoder
 * @property {EpochMetrics[]} metrics
 * @property {{ id: string, epoch: number }[]} checkpoints
 * @property {Record<string, { images: number, labels: boolean }>} datasets
 * @property {string[]|null} class_names
 * @property {{ columns: number, rows: number }} sheet images of a sheet on which they travel
 * @property {boolean} [ink_on_paper] whether its images are bright strokes on black
 * @property {number[]|null} kl_per_dimension null until the codes are computed, as `active_units`; a `run` event follows
 * @property {number|null} active_units
 * @typedef {RunSummary & RunExtras} RunDetail
 *
 * @typedef {object} Codes
 * @property {number} count of the images that are shown: all, or some at even distances
 * @property {number} total of all images
 * @property {number} latent
 * @property {Float32Array} mean count · latent
 * @property {Float32Array|null} logVariance null for a plain autoencoder
 * @property {Int32Array|null} labels
 * @property {Float32Array} reconstructionLoss an image
 * @property {Float32Array} klLoss an image
 *
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} part "encoder", "decoder"
 * @property {string} type
 * @property {number[]} shape
 * @property {Float32Array} values
 *
 * @typedef {object} Activations
 * @property {Layer[]} layers
 * @property {Float32Array|null} mean
 * @property {Float32Array|null} log_variance
 * @property {Float32Array|null} epsilon
 * @property {Float32Array} z
 * @property {Float32Array} image the output
 * @property {number|null} reconstruction_loss
 * @property {number|null} kl_loss
 *
 * @typedef {{ pixels: Uint8Array, name: string|null }} Picture an image's bytes, and its file's name
 * @typedef {{ index: number, label: number|null, name?: string, distance: number, pixels: Uint8Array }} Neighbor
 * @typedef {{ loss: Float32Array, reconstructionLoss: Float32Array, klLoss: Float32Array, percentile: Float32Array }} Score
 */

/** @typedef {"runs"|"run"|"epoch"|"checkpoint"|"progress"} EventType */

/**
 * What a view may ask. Images are flat, height · width · channels, in [0, 1].
 * @typedef {object} Source
 * @property {() => Promise<RunSummary[]>} runs
 * @property {(id: string) => Promise<RunDetail>} run
 * @property {(id: string, checkpoint: string) => Promise<Codes>} codes of the test images
 * @property {(id: string, place: number) => Promise<Picture|null>} image a test image, by its place in the set; an
 *   exported page may hold some of them only, and has null for others
 * @property {(id: string, places: number[]) => Promise<(Uint8Array|null)[]>} images several of them
 * @property {(id: string) => Promise<ArrayLike<number>>} places of the test images that it has, rising
 * @property {(id: string, checkpoint: string, z: Float32Array) => Promise<Float32Array|Uint8Array>} decode rows of z to
 *   images, floats or bytes
 * @property {(id: string, checkpoint: string, file: Blob) => Promise<Uint8Array>} [prepare] a picture file as the model
 *   sees it, made as the run's own pictures were; only a server can
 * @property {(id: string, checkpoint: string, images: Float32Array)
 *   => Promise<{ mean: Float32Array, logVariance: Float32Array|null }>} encode
 * @property {(id: string, checkpoint: string, images: Float32Array) => Promise<Score>} score
 * @property {(id: string, checkpoint: string, z: Float32Array, count: number) => Promise<Neighbor[]>} neighbors
 *   images whose means are nearest
 * @property {"training"|"test"} neighborKind which images these are
 * @property {(id: string, checkpoint: string, start: { image: Float32Array, epsilon?: Float32Array }
 *   | { z: Float32Array }) => Promise<Activations>} activations
 * @property {(onEvent: (type: EventType, data: any) => void) => (() => void) | null} events
 *   how all runs stand, then what happens in their folders, until the returned function is called; null where nothing is live
 * @property {(onChange: (isReachable: boolean) => void) => void} [watchConnection] tells when answers cease and return
 */

/** Images that are shown at the most; more points would only hide one another. */
const SHOWN = 20_000;

/** Where some of so many things stand, at even distances. @param {number} most @param {number} total @returns {Int32Array} */
export function spread(most, total) {
    const count = Math.min(most, total);
    return Int32Array.from({ length: count }, (_, index) => Math.floor(index * total / count));
}

/** Where a shown image stands in its set. @param {Codes} codes @param {number} row */
export const placeOf = ({ count, total }, row) => Math.floor(row * total / count);

/** The row of an image that is shown, or of the next one. @param {Codes} codes @param {number} place */
export const rowOf = ({ count, total }, place) => Math.min(count - 1, Math.ceil(place * count / total));

/** What the source says went wrong, in words for a person. */
export class SourceError extends Error {
    /** @param {string} message @param {number} status HTTP's, 0 where nothing answered */
    constructor(message, status) {
        super(message);
        this.status = status;
    }
}

const [BINARY, PNG] = ["application/octet-stream", "image/png"];
const DEADLINE = 60_000;
/** Answers of a kind that are kept. */
const KEPT = 100;

/** Asks the server that this page came from. */
export class RemoteSource {
    /** @type {Map<string, Promise<any>>} answers that do not change until a checkpoint does */
    #kept = new Map();
    /** @type {"training"|"test"} */
    neighborKind = "training";
    /** @type {Map<string, Promise<Picture>>} single images */
    #pictures = new Map();
    #isReachable = true;
    /** @type {(isReachable: boolean) => void} */
    #onConnection = () => {};

    async runs() {
        return (await this.#json("/api/runs")).runs;
    }

    /** @param {string} id @returns {Promise<RunDetail>} */
    async run(id) {
        const detail = await this.#json(`/api/runs/${encodeURIComponent(id)}`);
        this.#kept.set(`detail ${id}`, Promise.resolve(detail));
        return detail;
    }

    /** @param {string} id @returns {Promise<RunDetail>} */
    #detail(id) {
        return this.#keep(this.#kept, `detail ${id}`, () => this.run(id));
    }

    /** @param {string} id @param {string} checkpoint @returns {Promise<Codes>} */
    codes(id, checkpoint) {
        return this.#keep(this.#kept, `codes ${id} ${checkpoint}`, async () => {
            const { latent, is_variational: isVariational, datasets } = await this.#detail(id);
            const path = `/api/runs/${encodeURIComponent(id)}/codes?split=test&most=${SHOWN}&checkpoint=${encodeURIComponent(checkpoint)}`;
            const rows = await this.#floats(path, {});
            const width = 2 * latent + 3;
            const count = rows.length / width, total = Math.max(count, datasets.test?.images ?? 0);
            const mean = new Float32Array(count * latent);
            const logVariance = isVariational ? new Float32Array(count * latent) : null;
            const labels = new Int32Array(count);
            const [reconstructionLoss, klLoss] = [new Float32Array(count), new Float32Array(count)];
            for (let row = 0, at = 0; row < count; row += 1, at += width) {
                mean.set(rows.subarray(at, at + latent), row * latent);
                logVariance?.set(rows.subarray(at + latent, at + 2 * latent), row * latent);
                labels[row] = rows[at + 2 * latent];
                reconstructionLoss[row] = rows[at + 2 * latent + 1];
                klLoss[row] = rows[at + 2 * latent + 2];
            }
            const isLabelled = labels.some((label) => label >= 0);
            return { count, total, latent, mean, logVariance, labels: isLabelled ? labels : null, reconstructionLoss, klLoss };
        });
    }

    /** @param {string} id */
    async places(id) {
        return spread(SHOWN, (await this.#detail(id)).datasets.test?.images ?? 0);
    }

    /** @param {string} id @param {number} place @returns {Promise<Picture>} */
    image(id, place) {
        return this.#keep(this.#pictures, `${id} test ${place}`, async () => {
            const { image_shape: shape } = await this.#detail(id);
            const answer = await this.#ask(`/api/runs/${encodeURIComponent(id)}/images/test/${place}`, { headers: { Accept: PNG } });
            const name = answer.headers.get("Content-Disposition")?.match(/filename\*=UTF-8''(\S+)/)?.[1];
            return { pixels: await this.#sheet(answer, shape, 1), name: name ? decodeURIComponent(name) : null };
        });
    }

    /** @param {string} id @param {number[]} places */
    images(id, places) {
        return this.#chosen(id, "test", places);
    }

    /** Chosen images, on one sheet. @param {string} id @param {string} split @param {number[]} places @returns {Promise<Uint8Array[]>} */
    async #chosen(id, split, places) {
        if (!places.length) return [];
        const { image_shape: shape } = await this.#detail(id), size = shape[0] * shape[1] * shape[2];
        const path = `/api/runs/${encodeURIComponent(id)}/images?split=${split}&at=${places}`;
        const pixels = await this.#sheet(await this.#ask(path, { headers: { Accept: PNG } }), shape, places.length);
        return places.map((_, index) => pixels.subarray(index * size, (index + 1) * size));
    }

    /** Images of an answer: about as many in a row as rows. @param {Response} answer @param {[number, number, number]} shape @param {number} count */
    async #sheet(answer, shape, count) {
        return readSheet(new Uint8Array(await answer.arrayBuffer()), shape, count, Math.ceil(Math.sqrt(count)));
    }

    /** @param {string} id @param {string} checkpoint @param {Float32Array} z */
    async decode(id, checkpoint, z) {
        const { latent, image_shape: shape } = await this.#detail(id);
        const answer = await this.#ask(this.#path("decode", id, checkpoint),
            { method: "POST", body: /** @type {BodyInit} */ (z), headers: { "Content-Type": BINARY, Accept: PNG } });
        return this.#sheet(answer, shape, z.length / latent);
    }

    /** @param {string} id @param {string} checkpoint @param {Blob} file */
    async prepare(id, checkpoint, file) {
        const { image_shape: shape } = await this.#detail(id);
        const answer = await this.#ask(this.#path("prepare", id, checkpoint),
            { method: "POST", body: file, headers: { "Content-Type": file.type || PNG, Accept: PNG } });
        return this.#sheet(answer, shape, 1);
    }

    /** @param {string} id @param {string} checkpoint @param {Float32Array} images */
    async encode(id, checkpoint, images) {
        const { is_variational: isVariational } = await this.#detail(id);
        const rows = await this.#floats(this.#path("encode", id, checkpoint), { method: "POST", body: images });
        if (!isVariational) return { mean: rows, logVariance: null };
        return { mean: rows.slice(0, rows.length / 2), logVariance: rows.slice(rows.length / 2) };
    }

    /** @param {string} id @param {string} checkpoint @param {Float32Array} images @returns {Promise<Score>} */
    async score(id, checkpoint, images) {
        const answer = await this.#json(this.#path("score", id, checkpoint), {
            method: "POST", body: images, headers: { "Content-Type": BINARY },
        });
        return {
            loss: Float32Array.from(answer.loss), reconstructionLoss: Float32Array.from(answer.reconstruction_loss),
            klLoss: Float32Array.from(answer.kl_loss), percentile: Float32Array.from(answer.percentile),
        };
    }

    /** @param {string} id @param {string} checkpoint @param {Float32Array} z @param {number} count @returns {Promise<Neighbor[]>} */
    async neighbors(id, checkpoint, z, count) {
        const { neighbors } = await this.#post(this.#path("neighbors", id, checkpoint), { z: [...z], count, split: "train" });
        const pictures = await this.#chosen(id, "train", neighbors.map((/** @type {Neighbor} */ { index }) => index));
        return neighbors.map((/** @type {Neighbor} */ neighbor, /** @type {number} */ index) => ({ ...neighbor, pixels: pictures[index] }));
    }

    /** @param {string} id @param {string} checkpoint @param {any} start @returns {Promise<Activations>} */
    async activations(id, checkpoint, start) {
        const body = Object.fromEntries(Object.entries(start).map(([name, values]) => [name, values && [...values]]));
        const answer = await this.#post(this.#path("activations", id, checkpoint), body);
        for (const layer of answer.layers) layer.values = Float32Array.from(layer.values);
        for (const name of ["mean", "log_variance", "epsilon", "z", "image"])
            if (answer[name]) answer[name] = Float32Array.from(answer[name]);
        return answer;
    }

    /** @param {(type: EventType, data: any) => void} onEvent */
    events(onEvent) {
        /** @type {EventSource|null} */
        let stream = null;
        let [timer, seen] = [0, ""];
        const open = () => {
            if (stream || document.hidden) return;
            stream = new EventSource("/api/events" + seen);
            // Opened again before any event came: all that the server still knows.
            seen ||= "?after=0";
            for (const type of /** @type {const} */ (["runs", "run", "epoch", "checkpoint", "progress"]))
                stream.addEventListener(type, ({ data, lastEventId }) => {
                    // How things stand has no number of its own.
                    if (lastEventId) seen = `?after=${lastEventId}`;
                    const details = JSON.parse(data);
                    if (type === "epoch" || type === "checkpoint") this.#forget(details.run);
                    onEvent(type, details);
                });
            stream.onopen = () => this.#reachable(true);
            stream.onerror = () => {
                this.#reachable(false);
                // The browser tries again by itself, but not after an answer that is no event stream.
                if (stream?.readyState !== EventSource.CLOSED) return;
                close();
                timer = window.setTimeout(open, 2000);
            };
        };
        const close = () => {
            clearTimeout(timer);
            stream?.close();
            stream = null;
        };
        // A browser keeps six connections to a host: pages that nobody sees must hold none.
        const life = new AbortController();
        document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()), life);
        window.addEventListener("pagehide", close, life);
        window.addEventListener("pageshow", open, life);
        open();
        return () => {
            life.abort();
            close();
        };
    }

    /** @param {(isReachable: boolean) => void} onChange */
    watchConnection(onChange) {
        this.#onConnection = onChange;
    }

    /** @param {boolean} isReachable */
    #reachable(isReachable) {
        if (isReachable === this.#isReachable) return;
        this.#isReachable = isReachable;
        // What happened meanwhile is not known: all is asked anew.
        if (isReachable) this.#kept.clear();
        else this.#knock();
        this.#onConnection(isReachable);
    }

    /** Asks again until somebody answers, after a while less often. */
    #knock(times = 0) {
        setTimeout(async () => {
            if (this.#isReachable) return;
            await this.runs().catch(() => this.#knock(times + 1));
        }, times < 20 ? 1500 : 15_000);
    }

    /** A run's newest checkpoints have other codes now. @param {string} id */
    #forget(id) {
        this.#kept.delete(`detail ${id}`);
        for (const checkpoint of ["last", "best", "previous"]) this.#kept.delete(`codes ${id} ${checkpoint}`);
    }

    /**
     * @template T
     * @param {Map<string, Promise<T>>} answers @param {string} key @param {() => Promise<T>} make
     * @returns {Promise<T>}
     */
    #keep(answers, key, make) {
        let answer = answers.get(key);
        if (!answer) {
            answer = make();
            answer.catch(() => answers.delete(key));
            answers.set(key, answer);
            if (answers.size > KEPT) answers.delete(/** @type {string} */ (answers.keys().next().value));
        }
        return answer;
    }

    /** @param {string} what @param {string} id @param {string} checkpoint */
    #path(what, id, checkpoint) {
        return `/api/${what}?run=${encodeURIComponent(id)}&checkpoint=${encodeURIComponent(checkpoint)}`;
    }

    /** @param {string} path @param {RequestInit} request */
    async #floats(path, request) {
        const response = await this.#ask(path, { ...request, headers: { "Content-Type": BINARY, Accept: BINARY } });
        return new Float32Array(await response.arrayBuffer());
    }

    /** @param {string} path @param {RequestInit} [request] */
    async #json(path, request = {}) {
        return (await this.#ask(path, request)).json();
    }

    /** @param {string} path @param {any} body */
    #post(path, body) {
        return this.#json(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    }

    /** @param {string} path @param {RequestInit} request */
    async #ask(path, request) {
        let response;
        try {
            response = await fetch(path, { signal: AbortSignal.timeout(DEADLINE), ...request });
        } catch (fault) {
            const isLate = fault instanceof DOMException && fault.name === "TimeoutError";
            if (!isLate) this.#reachable(false);
            throw new SourceError(isLate ? "The server took longer than a minute." : "The server does not answer.", 0);
        }
        this.#reachable(true);
        if (response.ok) return response;
        const answer = await response.json().catch(() => null);
        throw new SourceError(answer?.error?.message ?? `The server answered with status ${response.status}.`, response.status);
    }
}
