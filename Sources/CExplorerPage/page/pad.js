// A pad to draw on, and how a drawing or a file becomes an image that the model knows.

import { element } from "vae/dom";
import { colours, css } from "vae/theme";

/** @typedef {import("vae/tile").ImageShape} ImageShape */

const SIDE = 280;

/**
 * Makes a canvas fit for the model, as MNIST was made: bright strokes on black, cut to the strokes, scaled so that the
 * longer side takes 20/28 of the image, centred by mass. Images that are no strokes are cut to the largest part from the
 * middle, and scaled.
 * @param {HTMLCanvasElement} source
 * @param {ImageShape} shape
 * @param {boolean} isInk whether the model's images are strokes
 * @returns {Float32Array | null} null where there is nothing to see
 */
export function fitToModel(source, shape, isInk) {
    const [height, width] = shape;
    const context = /** @type {CanvasRenderingContext2D} */ (source.getContext("2d", { willReadFrequently: true }));
    const { data } = context.getImageData(0, 0, source.width, source.height);
    if (!isInk) {
        const part = Math.min(source.width / width, source.height / height), [across, down] = [part * width, part * height];
        const box = [(source.width - across) / 2, (source.height - down) / 2, across, down];
        return read(scaled(source, box, shape, [0, 0, width, height]), shape);
    }
    // Paper is what the rim is made of: strokes are what differs from it, whichever of the two is brighter.
    const value = (/** @type {number} */ at) =>
        ((0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]) * data[at + 3]) / 255 + 255 - data[at + 3];
    let rim = 0;
    for (let x = 0; x < source.width; x += 1) rim += value(4 * x) + value(4 * (x + (source.height - 1) * source.width));
    const paper = rim / (2 * source.width);
    let [left, top, right, bottom, strongest] = [source.width, source.height, -1, -1, 0];
    const strokes = context.createImageData(source.width, source.height);
    for (let pixel = 0; pixel < source.width * source.height; pixel += 1)
        strongest = Math.max(strongest, strokes.data[4 * pixel] = Math.abs(value(4 * pixel) - paper));
    if (strongest < 24) return null;
    for (let y = 0, at = 0; y < source.height; y += 1) {
        for (let x = 0; x < source.width; x += 1, at += 4) {
            const stroke = Math.max(0, (strokes.data[at] / strongest - 0.1) / 0.9) * 255;
            strokes.data[at] = strokes.data[at + 1] = strokes.data[at + 2] = stroke;
            strokes.data[at + 3] = 255;
            if (stroke < 40) continue;
            left = Math.min(left, x);
            right = Math.max(right, x);
            top = Math.min(top, y);
            bottom = Math.max(bottom, y);
        }
    }
    const clean = element("canvas", { width: source.width, height: source.height });
    clean.getContext("2d").putImageData(strokes, 0, 0);
    const [boxWidth, boxHeight] = [right - left + 1, bottom - top + 1];
    const scale = ((20 / 28) * Math.min(width, height)) / Math.max(boxWidth, boxHeight);
    const box = [left, top, boxWidth, boxHeight];
    const [drawnWidth, drawnHeight] = [boxWidth * scale, boxHeight * scale];
    const place = [(width - drawnWidth) / 2, (height - drawnHeight) / 2, drawnWidth, drawnHeight];
    const first = read(scaled(clean, box, shape, place), shape);
    let [mass, massX, massY] = [0, 0, 0];
    first.forEach((amount, pixel) => {
        mass += amount;
        massX += amount * (pixel % width + 0.5);
        massY += amount * (Math.floor(pixel / width) + 0.5);
    });
    place[0] += Math.round(width / 2 - massX / mass);
    place[1] += Math.round(height / 2 - massY / mass);
    return read(scaled(clean, box, shape, place), shape);
}

/**
 * @param {HTMLCanvasElement} source
 * @param {number[]} box of the source
 * @param {ImageShape} shape
 * @param {number[]} place in the image
 */
function scaled(source, [left, top, boxWidth, boxHeight], [height, width], place) {
    // Halves at a time: a browser's own scaling looks at four pixels only.
    let from = source;
    let box = [left, top, boxWidth, boxHeight];
    while (box[2] > 2 * place[2] && box[3] > 2 * place[3]) {
        const half = element("canvas", { width: Math.ceil(box[2] / 2), height: Math.ceil(box[3] / 2) });
        half.getContext("2d").drawImage(from, ...box, 0, 0, half.width, half.height);
        [from, box] = [half, [0, 0, half.width, half.height]];
    }
    const canvas = element("canvas", { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(from, ...box, ...place);
    return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {ImageShape} shape */
function read(canvas, [height, width, channels]) {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    const { data } = context.getImageData(0, 0, width, height);
    const image = new Float32Array(height * width * channels);
    for (let pixel = 0; pixel < height * width; pixel += 1)
        for (let channel = 0; channel < channels; channel += 1)
            image[pixel * channels + channel] = data[4 * pixel + channel] / 255;
    return image;
}

/** Bytes of a file that a server takes as it is. */
const TAKEN = 2_000_000;

/**
 * A picture file that a server takes: a larger one is scaled down before.
 * @param {Blob} file
 * @returns {Promise<Blob>}
 */
export async function smallEnough(file) {
    if (file.size <= TAKEN && /^image\/(png|jpeg|webp)$/.test(file.type)) return file;
    const canvas = await pictureFile(file);
    return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/png"));
}

/**
 * A picture file as a canvas of at most 560 pixels a side.
 * @param {Blob} file
 * @returns {Promise<HTMLCanvasElement>}
 * @throws {Error} where the browser cannot read it
 */
export async function pictureFile(file) {
    const picture = await createImageBitmap(file).catch(() => {
        throw new Error("This file is not a picture that the browser can read. PNG, JPEG, GIF and WebP work.");
    });
    const scale = Math.min(1, (2 * SIDE) / Math.max(picture.width, picture.height));
    const canvas = element("canvas", {
        width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)),
    });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return canvas;
}

/** A ground to draw on with mouse, finger, pen or keys; strokes can be taken back. */
export class Pad {
    /**
     * @param {ImageShape} shape of the model's images; the pad has their ratio, or is square for strokes
     * @param {boolean} isInk whether the model's images are strokes
     * @param {(pad: Pad) => void} onChange after each part of a stroke
     */
    constructor(shape, isInk, onChange) {
        const longer = Math.max(shape[0], shape[1]);
        [this.height, this.width] = isInk ? [SIDE, SIDE] : [shape[0], shape[1]].map((side) => Math.max(1, Math.round(SIDE * side / longer)));
        this.shape = shape;
        this.isInk = isInk;
        this.onChange = onChange;
        /** @type {[number, number][][]} strokes, points in [0, 1] */
        this.strokes = [];
        /** @type {HTMLCanvasElement | null} a picture from a file, under the strokes */
        this.picture = null;
        /** @type {Uint8Array | null} that picture as the model sees it, where a server made it so */
        this.prepared = null;
        /** @type {HTMLCanvasElement} */
        this.canvas = element("canvas", {
            width: this.width, height: this.height, className: "pad-canvas", tabIndex: 0, role: "application",
            "aria-label": "Drawing pad. Arrow keys move the pen, space puts it down or lifts it, "
                + "backspace takes the last stroke back, Escape clears.",
        });
        this.pen = /** @type {[number, number]} */ ([0.5, 0.25]);
        this.penDown = false;
        this.#listen();
        this.draw();
    }

    #listen() {
        const { canvas } = this;
        const place = (/** @type {PointerEvent} */ event) => {
            const box = canvas.getBoundingClientRect();
            return /** @type {[number, number]} */ (
                [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
        };
        canvas.addEventListener("pointerdown", (event) => {
            canvas.setPointerCapture(event.pointerId);
            this.strokes.push([place(event)]);
            this.#changed();
        });
        canvas.addEventListener("pointermove", (event) => {
            if (!canvas.hasPointerCapture(event.pointerId)) return;
            this.strokes.at(-1)?.push(...event.getCoalescedEvents().map(place), place(event));
            this.#changed();
        });
        canvas.addEventListener("keydown", (event) => {
            const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
            if (step) {
                this.pen = /** @type {[number, number]} */ (
                    this.pen.map((at, axis) => Math.min(0.95, Math.max(0.05, at + step[axis] * 0.03))));
                if (this.penDown) this.strokes.at(-1)?.push([...this.pen]);
            } else if (event.key === " ") {
                this.penDown = !this.penDown;
                if (this.penDown) this.strokes.push([[...this.pen]]);
            } else if (event.key === "Backspace") this.undo();
            else if (event.key === "Escape") this.clear();
            else return;
            event.preventDefault();
            this.#changed();
        });
        canvas.addEventListener("focus", () => this.draw());
        canvas.addEventListener("blur", () => { this.penDown = false; this.draw(); });
    }

    #changed() {
        this.draw();
        this.onChange(this);
    }

    get isEmpty() {
        return !this.strokes.length && !this.picture;
    }

    clear() {
        this.strokes = [];
        this.picture = null;
        this.#changed();
    }

    undo() {
        if (!this.strokes.pop()) this.picture = null;
        this.penDown = false;
        this.#changed();
    }

    /** @param {HTMLCanvasElement} picture @param {Uint8Array|null} prepared */
    show(picture, prepared) {
        this.strokes = [];
        [this.picture, this.prepared] = [picture, prepared];
        this.#changed();
    }

    /** Draws it anew, as after a change of theme. */
    draw() {
        const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
        const { ink, paper, accent } = colours();
        this.#strokes(context, css(paper), css(ink));
        if (document.activeElement !== this.canvas || !this.canvas.matches(":focus-visible")) return;
        context.beginPath();
        context.arc(this.pen[0] * this.width, this.pen[1] * this.height, 8, 0, 2 * Math.PI);
        context.strokeStyle = css(accent);
        context.lineWidth = 2;
        context.stroke();
    }

    /** @param {CanvasRenderingContext2D} context @param {string} paper @param {string} ink */
    #strokes(context, paper, ink) {
        context.fillStyle = paper;
        context.fillRect(0, 0, this.width, this.height);
        if (this.picture) {
            const { width, height } = this.picture;
            const scale = Math.min(this.width / width, this.height / height);
            context.drawImage(this.picture, (this.width - width * scale) / 2, (this.height - height * scale) / 2,
                width * scale, height * scale);
        }
        context.strokeStyle = ink;
        context.lineWidth = SIDE * 0.075;
        context.lineCap = context.lineJoin = "round";
        for (const stroke of this.strokes) {
            context.beginPath();
            // A tap is a line too, if a short one.
            context.moveTo(stroke[0][0] * this.width, stroke[0][1] * this.height + 0.01);
            stroke.forEach(([x, y]) => context.lineTo(x * this.width, y * this.height));
            context.stroke();
        }
    }

    /**
     * What the model would see.
     * @returns {Float32Array | null} null while the pad is empty
     */
    image() {
        if (this.isEmpty) return null;
        const { shape, isInk } = this;
        if (this.picture && !this.strokes.length)
            return this.prepared ? Float32Array.from(this.prepared, (value) => value / 255) : fitToModel(this.picture, shape, isInk);
        const canvas = element("canvas", { width: this.width, height: this.height });
        this.#strokes(canvas.getContext("2d", { willReadFrequently: true }), "#fff", "#000");
        return fitToModel(canvas, shape, isInk);
    }
}
