// What lies under the points: axes, the prior's rings, and the lattice of decoded codes that follows the view.

import { unit } from "vae/dom";
import { colours, css } from "vae/theme";
import { bytesOf, paint } from "vae/tile";

/** @typedef {import("vae/plane").Plane} Plane */
/** @typedef {import("vae/scatter").Viewport} Viewport */

/** Of a tile's longer side on an ordinary screen; pictures of more pixels have larger ones, up to the second. */
const [SMALLEST, LARGEST] = [38, 64];
const BATCH = 64;
/** Bytes of pictures that are kept, with their canvases. */
const KEPT = 64 << 20;

/** The ground layer of a map. */
export class Lattice {
    /**
     * @param {HTMLCanvasElement} canvas
     * @param {Viewport} viewport
     * @param {(z: Float32Array) => Promise<Float32Array|Uint8Array>} decode rows of z
     * @param {() => void} onTiles some have come: draw again
     */
    constructor(canvas, viewport, decode, onTiles) {
        this.canvas = canvas;
        this.viewport = viewport;
        this.decode = decode;
        this.onTiles = onTiles;
        this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        this.isOn = false;
        this.hasPrior = true;
        /** @type {Map<string, { bytes: Uint8ClampedArray, picture: HTMLCanvasElement|null }>} */
        this.tiles = new Map();
        this.isAsking = false;
        this.epoch = 0;
    }

    /**
     * Another plane, model or place outside the plane: all tiles are others.
     * @param {Plane} plane @param {Float32Array} z @param {[number, number, number]} shape
     */
    place(plane, z, shape) {
        const key = `${plane.name} ${plane.move(z, [0, 0]).map((value) => Math.round(value * 100))}`;
        if (key !== this.key) this.forget();
        Object.assign(this, { key });
        this.plane = plane;
        this.z = z;
        this.shape = shape;
    }

    forget() {
        this.tiles.clear();
        this.epoch += 1;
    }

    recolour() {
        for (const tile of this.tiles.values()) tile.picture = null;
    }

    draw() {
        const ratio = devicePixelRatio || 1;
        const { canvas, context, viewport } = this;
        const [width, height] = [Math.round(viewport.width * ratio), Math.round(viewport.height * ratio)];
        if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
        context.clearRect(0, 0, viewport.width, viewport.height);
        if (this.isOn) this.#tiles();
        this.#axes();
    }

    #tiles() {
        const { viewport, context, plane } = this;
        if (!plane) return;
        const [height, width] = /** @type {[number, number, number]} */ (this.shape), longer = Math.max(height, width);
        const smallest = Math.min(LARGEST, Math.max(SMALLEST, longer)) * unit();
        const step = 2 ** Math.ceil(Math.log2(smallest / viewport.scale)), steps = [step * width / longer, step * height / longer];
        const [across, down] = steps.map((side) => side * viewport.scale);
        const [left, bottom] = viewport.toPlane(0, viewport.height).map((value, axis) => Math.floor(value / steps[axis]));
        const [right, top] = viewport.toPlane(viewport.width, 0).map((value, axis) => Math.ceil(value / steps[axis]));
        const missing = [];
        context.imageSmoothingEnabled = true;
        const isLine = plane.directions.length < 2;
        for (let row = isLine ? 0 : bottom; row <= (isLine ? 0 : top); row += 1) {
            for (let column = left; column <= right; column += 1) {
                const key = `${step} ${column} ${row}`;
                const tile = this.tiles.get(key);
                const [x, y] = viewport.toScreen(column * steps[0], row * steps[1]);
                if (tile) context.drawImage(this.#picture(tile), x - across / 2, isLine ? viewport.height - down - 40 * unit() : y - down / 2, across, down);
                else missing.push({ key, place: /** @type {[number, number]} */ ([column * steps[0], row * steps[1]]),
                    far: Math.hypot(x - viewport.width / 2, y - viewport.height / 2) });
            }
        }
        if (missing.length) this.#ask(missing.sort((one, other) => one.far - other.far).slice(0, BATCH));
    }

    /** @param {{ key: string, place: [number, number] }[]} missing */
    async #ask(missing) {
        if (this.isAsking || !this.plane || !this.z || !this.shape) return;
        this.isAsking = true;
        const { epoch, plane, z } = this;
        const codes = new Float32Array(missing.length * z.length);
        missing.forEach(({ place }, index) => codes.set(plane.move(z, place), index * z.length));
        try {
            const images = await this.decode(codes);
            if (epoch === this.epoch) {
                const size = images.length / missing.length;
                // Twice: once as bytes, once as a canvas of four values a pixel.
                if (this.tiles.size * (size + 4 * this.shape[0] * this.shape[1]) > KEPT) this.tiles.clear();
                missing.forEach(({ key }, index) => this.tiles.set(key, { picture: null,
                    bytes: bytesOf(images.subarray(index * size, (index + 1) * size)) }));
            }
        } catch { /* The banner tells of a lost server; the next draw asks again. */ } finally {
            this.isAsking = false;
        }
        this.onTiles();
    }

    /** @param {{ bytes: Uint8ClampedArray, picture: HTMLCanvasElement|null }} tile */
    #picture(tile) {
        if (tile.picture) return tile.picture;
        const [height, width] = /** @type {[number, number, number]} */ (this.shape);
        const picture = Object.assign(document.createElement("canvas"), { width, height });
        const context = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"));
        const image = context.createImageData(width, height);
        paint(tile.bytes, /** @type {any} */ (this.shape), image.data, true);
        context.putImageData(image, 0, 0);
        tile.picture = picture;
        return picture;
    }

    #axes() {
        const { context, viewport, plane } = this;
        const { line, muted, paper } = colours();
        const { width, height, scale } = viewport;
        const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20].find((size) => size * scale >= 70 * unit()) ?? 50;
        context.lineWidth = 1;
        context.font = `${11 * unit()}px ui-monospace, Menlo, Consolas, monospace`;
        const words = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) => {
            context.strokeStyle = css(paper, 0.9);
            context.lineWidth = 3 * unit();
            context.strokeText(text, x, y);
            context.fillStyle = css(muted);
            context.fillText(text, x, y);
            context.lineWidth = 1;
        };
        const [left, bottom] = viewport.toPlane(0, height);
        const [right, top] = viewport.toPlane(width, 0);
        const each = (/** @type {number} */ from, /** @type {number} */ to, /** @type {(value: number) => void} */ work) => {
            for (let index = Math.ceil(from / step); index <= to / step; index += 1) work(index * step);
        };
        const label = (/** @type {number} */ value) => String(Number(value.toFixed(2))).replace("-", "−");
        context.strokeStyle = css(line, this.isOn ? 0.35 : 0.7);
        context.beginPath();
        each(left, right, (x) => { const [at] = viewport.toScreen(x, 0); context.moveTo(Math.round(at) + 0.5, 0); context.lineTo(Math.round(at) + 0.5, height); });
        if (plane && plane.directions.length > 1)
            each(bottom, top, (y) => { const [, at] = viewport.toScreen(0, y); context.moveTo(0, Math.round(at) + 0.5); context.lineTo(width, Math.round(at) + 0.5); });
        context.stroke();
        if (this.hasPrior && plane && plane.directions.length > 1 && plane.name !== "pca") this.#prior(words);
        context.textAlign = "center";
        each(left, right, (x) => words(label(x), viewport.toScreen(x, 0)[0], height - 60 * unit()));
        context.textAlign = "left";
        if (!plane || plane.directions.length < 2) return;
        each(bottom, top, (y) => {
            const [, at] = viewport.toScreen(0, y);
            // The legend and the line of words stand there.
            if (at > 60 * unit() && at < height - 70 * unit()) words(label(y), 12 * unit(), at + 4 * unit());
        });
    }

    /** One, two and three standard deviations of N(0, 1). @param {(text: string, x: number, y: number) => void} words */
    #prior(words) {
        const { context, viewport } = this;
        const [x, y] = viewport.toScreen(0, 0);
        context.strokeStyle = css(colours().muted, 0.4);
        context.setLineDash([3, 4]);
        for (const radius of [1, 2, 3]) {
            context.beginPath();
            context.arc(x, y, radius * viewport.scale, 0, 2 * Math.PI);
            context.stroke();
        }
        context.setLineDash([]);
        context.textAlign = "center";
        for (const radius of [1, 2, 3]) words(`${radius}σ`, x + 0.7071 * radius * viewport.scale, y - 0.7071 * radius * viewport.scale);
    }
}
