// Ten thousand points, sixty times a second: shapes are written into the canvas's own bytes, not drawn as paths.

import { unit } from "vae/dom";
import { apart, byClass, medoid } from "vae/names";
import { colourOf, colours, css } from "vae/theme";

/** @typedef {import("vae/theme").RGB} RGB */

const CELL = 4;
/** Below so many square pixels for a point, marks would hide one another, and density says more. */
const CROWDED = 26;
/** Names that stand on the points at the most, for more would hide them, and letters of a name. */
const [NAMED, LETTERS] = [24, 18];

/** How a plane lies on a canvas: `scale` CSS pixels for a unit, y upwards. */
export class Viewport {
    centre = /** @type {[number, number]} */ ([0, 0]);
    scale = 60;
    width = 1;
    height = 1;

    /** @param {number} x @param {number} y @returns {[number, number]} CSS pixels */
    toScreen(x, y) {
        return [this.width / 2 + (x - this.centre[0]) * this.scale, this.height / 2 - (y - this.centre[1]) * this.scale];
    }

    /** @param {number} left @param {number} top @returns {[number, number]} */
    toPlane(left, top) {
        return [this.centre[0] + (left - this.width / 2) / this.scale, this.centre[1] - (top - this.height / 2) / this.scale];
    }

    /** How far a place is within the view; below 0: outside. @param {[number, number]} place */
    inside([left, top]) {
        return Math.min(left, top, this.width - left, this.height - top);
    }

    /** Moves by pixels. @param {number} right @param {number} down */
    pan(right, down) {
        this.centre = [this.centre[0] - right / this.scale, this.centre[1] + down / this.scale];
    }

    /** Keeps the point of the plane under (left, top) where it is. @param {number} factor @param {number} left @param {number} top */
    zoom(factor, left, top) {
        const before = this.toPlane(left, top);
        this.scale = Math.min(20_000, Math.max(4, this.scale * factor));
        const after = this.toPlane(left, top);
        this.centre = [this.centre[0] + before[0] - after[0], this.centre[1] + before[1] - after[1]];
    }
}

/** Points by class on a canvas. */
export class Scatter {
    /** @param {HTMLCanvasElement} canvas @param {Viewport} viewport */
    constructor(canvas, viewport) {
        this.canvas = canvas;
        this.viewport = viewport;
        this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        this.x = new Float32Array(0);
        this.y = new Float32Array(0);
        /** @type {Int32Array|null} */
        this.labels = null;
        /** @type {Set<number>} */
        this.hidden = new Set();
        this.marks = "auto";
        this.isDim = false;
        /** What the labels stand for; a label that has no name here is its own. @type {string[]} */
        this.names = [];
        /** @type {Map<string, { offsets: Int32Array, bytes: Int32Array, weights: Int32Array, reach: number }>} */
        this.sprites = new Map();
        this.spread = [1, 1, 1, 1];
    }

    /** @param {Float32Array} x @param {Float32Array} y @param {Int32Array|null} labels */
    show(x, y, labels) {
        Object.assign(this, { x, y, labels });
        const bounds = (/** @type {Float32Array} */ values) => {
            const sorted = Float32Array.from(values).sort();
            return [sorted[Math.floor(0.002 * sorted.length)], sorted[Math.ceil(0.998 * sorted.length) - 1]];
        };
        this.spread = [...bounds(x), ...bounds(y)];
        this.#centres();
    }

    /** Where each class's name would stand: at the member in its middle. */
    #centres() {
        const { x, y, labels } = this;
        this.centres = byClass(labels ?? []).map((rows) => {
            const row = medoid(rows, (one, other) => Math.sqrt((x[one] - x[other]) ** 2 + (y[one] - y[other]) ** 2));
            return /** @type {[number, number]} */ ([x[row], y[row]]);
        });
    }

    /** @param {number} label */
    nameOf(label) {
        return this.names[label] ?? String(label);
    }

    /** Puts all points into view. */
    fit() {
        const [left, right, bottom, top] = this.spread;
        const { viewport } = this;
        viewport.centre = [(left + right) / 2, (bottom + top) / 2];
        viewport.scale = Math.max(4, 0.86 * Math.min(viewport.width / (right - left || 1), viewport.height / (top - bottom || 1)));
    }

    /** @param {number} left @param {number} top CSS pixels @param {number} reach @returns {number} the nearest shown point, or −1 */
    nearest(left, top, reach) {
        const { viewport: { scale }, x, y, labels, hidden } = this;
        const [u, v] = this.viewport.toPlane(left, top);
        let best = (reach / scale) ** 2;
        let found = -1;
        for (let row = 0; row < x.length; row += 1) {
            const distance = (x[row] - u) ** 2 + (y[row] - v) ** 2;
            if (distance < best && !(labels && hidden.has(labels[row]))) [best, found] = [distance, row];
        }
        return found;
    }

    get isDense() {
        if (this.marks !== "auto") return this.marks === "density";
        const [left, right, bottom, top] = this.spread;
        return ((right - left) * (top - bottom) * this.viewport.scale ** 2) / (this.x.length || 1) < CROWDED * unit() ** 2;
    }

    draw() {
        const ratio = devicePixelRatio || 1;
        const { canvas, viewport } = this;
        const [width, height] = [Math.round(viewport.width * ratio), Math.round(viewport.height * ratio)];
        if (!width || !height) return;
        if (!this.image || canvas.width !== width || canvas.height !== height) {
            Object.assign(canvas, { width, height });
            this.image = this.context.createImageData(width, height);
            this.bytes = new Int32Array(this.image.data.buffer);
            this.sprites.clear();
        }
        const bytes = /** @type {Int32Array} */ (this.bytes);
        bytes.fill(0);
        if (this.isDense) this.#density(bytes, width, height, ratio);
        else this.#points(bytes, width, height, ratio);
        this.context.putImageData(this.image, 0, 0);
        this.#names(ratio);
    }

    /** @param {Int32Array} bytes @param {number} width @param {number} height @param {number} ratio */
    #points(bytes, width, height, ratio) {
        const { x, y, labels, hidden, viewport } = this;
        const scale = viewport.scale * ratio;
        const radius = unit() * Math.min(7, Math.max(2.4, 0.62 * (viewport.scale / unit()) ** 0.33));
        /** @type {ReturnType<Scatter["sprites"]["get"]>[]} a class, those beyond the hundredth again */
        const sprites = [];
        const [left, top] = [width / 2 - viewport.centre[0] * scale, height / 2 + viewport.centre[1] * scale];
        for (let row = 0; row < x.length; row += 1) {
            const label = labels ? labels[row] : 0;
            if (labels && hidden.has(label)) continue;
            const { offsets, bytes: colour, weights, reach } = sprites[label % 100] ??= this.#sprite(label % 100, radius * ratio, width);
            const [column, line] = [Math.round(left + x[row] * scale), Math.round(top - y[row] * scale)];
            if (column < reach || line < reach || column >= width - reach || line >= height - reach) continue;
            const base = line * width + column;
            for (let index = 0; index < offsets.length; index += 1) {
                const at = base + offsets[index];
                const under = bytes[at];
                // Edges stay crisp on an empty ground, and mix with what lies below.
                bytes[at] = under === 0 || weights[index] === 128 ? colour[index] : mix(under, colour[index], weights[index]);
            }
        }
    }

    /** @param {Int32Array} bytes @param {number} width @param {number} height @param {number} ratio */
    #density(bytes, width, height, ratio) {
        const { x, y, labels, hidden, viewport } = this;
        const cell = Math.round(CELL * ratio);
        const [columns, lines] = [Math.ceil(width / cell), Math.ceil(height / cell)];
        const sums = new Float32Array(4 * columns * lines);
        const scale = viewport.scale * ratio;
        let most = 0;
        for (let row = 0; row < x.length; row += 1) {
            const label = labels ? labels[row] : 0;
            if (labels && hidden.has(label)) continue;
            const column = Math.floor((width / 2 + (x[row] - viewport.centre[0]) * scale) / cell);
            const line = Math.floor((height / 2 - (y[row] - viewport.centre[1]) * scale) / cell);
            if (column < 0 || line < 0 || column >= columns || line >= lines) continue;
            const at = 4 * (line * columns + column);
            const colour = colourOf(label);
            for (let part = 0; part < 3; part += 1) sums[at + part] += colour[part];
            most = Math.max(most, sums[at + 3] += 1);
        }
        for (let index = 0; index < columns * lines; index += 1) {
            const total = sums[4 * index + 3];
            if (!total) continue;
            const alpha = 60 + 195 * (Math.log1p(total) / Math.log1p(Math.max(3, most)));
            const part = (/** @type {number} */ which) => sums[4 * index + which] / total;
            const word = (alpha << 24) | (part(2) << 16) | (part(1) << 8) | part(0);
            const [left, top] = [(index % columns) * cell, Math.floor(index / columns) * cell];
            for (let line = top; line < Math.min(height, top + cell); line += 1)
                bytes.fill(word, line * width + left, line * width + Math.min(width, left + cell));
        }
    }

    /** Class names in their middles: nobody needs to look a colour up. @param {number} ratio */
    #names(ratio) {
        if (!this.labels) return;
        const { context, viewport } = this;
        const { ink, paper } = colours();
        const size = 15 * unit() * ratio;
        context.font = `650 ${size}px ui-sans-serif, system-ui, sans-serif`;
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.lineJoin = "round";
        const shown = (this.centres ?? []).flatMap((centre, label) => {
            const place = viewport.toScreen(...centre);
            if (this.hidden.has(label) || viewport.inside(place) < 0) return [];
            const name = this.nameOf(label), words = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
            return [{ words, x: place[0] * ratio, y: place[1] * ratio, width: context.measureText(words).width + 0.3 * size, height: 1.15 * size }];
        });
        if (shown.length <= NAMED) for (const { words, x, y } of apart(shown, viewport.width * ratio, viewport.height * ratio)) {
            context.strokeStyle = css(paper, 0.92);
            context.lineWidth = 0.27 * size;
            context.strokeText(words, x, y);
            context.fillStyle = css(ink);
            context.fillText(words, x, y);
        }
    }

    /** Forgets the colours, as after a change of theme. */
    recolour() {
        this.sprites.clear();
    }

    /** @param {number} label @param {number} radius device pixels @param {number} stride of the canvas */
    #sprite(label, radius, stride) {
        const key = `${label} ${radius.toFixed(1)} ${this.isDim}`;
        const known = this.sprites.get(key);
        if (known) return known;
        const reach = Math.ceil(radius + 1);
        const side = 2 * reach + 1;
        const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(side, side).getContext("2d"));
        context.translate(reach + 0.5, reach + 0.5);
        context.globalAlpha = this.isDim ? 0.55 : 1;
        drawShape(context, label, radius, colourOf(label), colours().paper);
        const { data } = context.getImageData(0, 0, side, side);
        const words = new Int32Array(data.buffer);
        const inside = [...words.keys()].filter((at) => words[at] >>> 24 > 8);
        const sprite = {
            offsets: Int32Array.from(inside, (at) => (Math.floor(at / side) - reach) * stride + (at % side) - reach),
            bytes: Int32Array.from(inside, (at) => words[at]), reach,
            weights: Int32Array.from(inside, (at) => Math.round(((words[at] >>> 24) * 128) / 255)),
        };
        this.sprites.set(key, sprite);
        return sprite;
    }
}

/**
 * `over` laid on `under` with a weight of 0–128, both as ABGR words: red and blue in one product, which just fits.
 * @param {number} under @param {number} over @param {number} weight
 */
function mix(under, over, weight) {
    const rest = 128 - weight;
    const redBlue = (((over & 0xff00ff) * weight + (under & 0xff00ff) * rest) >>> 7) & 0xff00ff;
    const green = ((((over >>> 8) & 255) * weight + ((under >>> 8) & 255) * rest) >>> 7) << 8;
    const alpha = over >>> 24 > under >>> 24 ? over & 0xff000000 : under & 0xff000000;
    return alpha | redBlue | green;
}

/** Corners of each class's shape, on a circle: how many, how turned, and how far in every second one lies. */
const SHAPES = [null, [4, 45, 1], [3, -90, 1], [4, 0, 1], [12, 45, 0], [5, -90, 1], [3, 90, 1], [10, -90, 0.42], [6, 0, 1], [12, 0, 0]];

/**
 * A class's shape around the origin.
 * @param {any} context
 * @param {number} label
 * @param {number} radius
 * @param {RGB} colour
 * @param {RGB} rim
 */
export function drawShape(context, label, radius, colour, rim) {
    const shape = SHAPES[label % 10];
    context.beginPath();
    if (!shape) context.arc(0, 0, 0.9 * radius, 0, 2 * Math.PI);
    else if (shape[2] === 0) {
        const [arm, half] = [1.05 * radius, 0.36 * radius];
        context.save();
        context.rotate((shape[1] * Math.PI) / 180);
        context.moveTo(-arm, -half);
        for (const [x, y] of [[-half, -half], [-half, -arm], [half, -arm], [half, -half], [arm, -half], [arm, half],
            [half, half], [half, arm], [-half, arm], [-half, half], [-arm, half]]) context.lineTo(x, y);
        context.restore();
    } else {
        const [corners, turn, inset] = shape;
        for (let corner = 0; corner < corners; corner += 1) {
            const angle = ((turn + (360 * corner) / corners) * Math.PI) / 180;
            const far = 1.12 * radius * (corner % 2 ? inset : 1);
            context.lineTo(far * Math.cos(angle), far * Math.sin(angle));
        }
    }
    context.closePath();
    context.lineWidth = Math.max(0.6, radius * 0.22);
    context.strokeStyle = css(rim, 0.85);
    context.stroke();
    context.fillStyle = css(colour);
    context.fill();
}
