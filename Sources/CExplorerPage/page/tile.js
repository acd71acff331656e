// An image of a model on a canvas. Images are flat, height · width · channels, floats in [0, 1] or bytes.

import { colours } from "vae/theme";

/** @typedef {[number, number, number]} ImageShape height, width, channels */
/** @typedef {Float32Array | Uint8Array | Uint8ClampedArray | number[]} Pixels */

/** Images larger than this are shown smooth: most places are smaller than they are. */
const FINE = 48;

let inkOnPaper = false;

/** Grey images are drawn as ink on paper, in either theme, or as they are. @param {boolean} isInk what the run says of its images */
export function drawAsInk(isInk) {
    inkOnPaper = isInk;
}

/**
 * Writes an image's RGBA.
 * @param {Pixels} pixels one image
 * @param {ImageShape} shape
 * @param {Uint8ClampedArray} target height · width · 4 values
 * @param {boolean} [clear] leave the paper transparent (ink on paper only)
 * @param {boolean} [isInk] whether it is ink on paper; of another run than the page's
 */
export function paint(pixels, [height, width, channels], target, clear = false, isInk = inkOnPaper) {
    const scale = pixels instanceof Uint8Array || pixels instanceof Uint8ClampedArray ? 1 / 255 : 1;
    const { ink, paper } = colours();
    for (let pixel = 0, out = 0; pixel < height * width; pixel += 1, out += 4) {
        const first = pixels[pixel * channels] * scale;
        if (channels > 2) {
            for (let channel = 0; channel < 3; channel += 1)
                target[out + channel] = 255 * scale * pixels[pixel * channels + channel];
            target[out + 3] = channels > 3 ? 255 * scale * pixels[pixel * channels + 3] : 255;
        } else if (isInk) {
            const alpha = Math.min(1, Math.max(0, first));
            for (let channel = 0; channel < 3; channel += 1)
                target[out + channel] = clear ? ink[channel] : paper[channel] + alpha * (ink[channel] - paper[channel]);
            target[out + 3] = clear ? 255 * alpha : 255;
        } else {
            target[out] = target[out + 1] = target[out + 2] = 255 * first;
            target[out + 3] = 255;
        }
    }
}

/** An image as bytes. @param {Float32Array|Uint8Array} pixels @returns {Uint8ClampedArray} */
export const bytesOf = (pixels) => pixels instanceof Uint8Array ? new Uint8ClampedArray(pixels)
    : Uint8ClampedArray.from(pixels, (value) => 255 * value);

/**
 * Draws one image; the canvas takes the image's size, CSS enlarges it.
 * @param {HTMLCanvasElement} canvas
 * @param {Pixels} pixels
 * @param {ImageShape} shape
 */
export function drawTile(canvas, pixels, shape) {
    const [height, width] = shape;
    if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const image = context.createImageData(width, height);
    paint(pixels, shape, image.data);
    context.putImageData(image, 0, 0);
}

/**
 * A canvas of its own with one image on it.
 * @param {Pixels | null} pixels null: empty for now
 * @param {ImageShape} shape
 * @param {string} label what a screen reader says; empty where words stand beside it
 * @returns {HTMLCanvasElement}
 */
export function tile(pixels, shape, label = "") {
    const canvas = document.createElement("canvas");
    canvas.className = Math.max(shape[0], shape[1]) > FINE ? "tile is-fine" : "tile";
    [canvas.height, canvas.width] = shape;
    if (label) {
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", label);
    } else canvas.setAttribute("aria-hidden", "true");
    if (pixels) drawTile(canvas, pixels, shape);
    return canvas;
}

/**
 * Many images on one canvas, row by row.
 * @param {HTMLCanvasElement} canvas
 * @param {Pixels} pixels all images
 * @param {ImageShape} shape of one
 * @param {number} columns
 * @param {number} [gap] pixels between them
 * @param {boolean} [isInk] as `paint` takes it
 */
export function drawSheet(canvas, pixels, shape, columns, gap = 0, isInk = inkOnPaper) {
    const [height, width, channels] = shape;
    const size = height * width * channels;
    const total = Math.floor(pixels.length / size);
    const rows = Math.ceil(total / columns);
    canvas.width = columns * (width + gap) - gap;
    canvas.height = Math.max(1, rows * (height + gap) - gap);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const image = context.createImageData(width, height);
    for (let index = 0; index < total; index += 1) {
        paint(/** @type {any} */ (pixels).subarray(index * size, (index + 1) * size), shape, image.data, false, isInk);
        context.putImageData(image, (index % columns) * (width + gap), Math.floor(index / columns) * (height + gap));
    }
}
