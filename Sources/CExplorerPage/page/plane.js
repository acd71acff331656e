// The plane of latent space that a map shows, and the way between its points and codes.

import { byClass, medoid } from "vae/names";

/** @typedef {import("vae/source").Codes} Codes */

/** A plane spanned by orthonormal directions; what a code has outside of it stays as it is when one moves in it. */
export class Plane {
    /**
     * @param {string} name "0,1", "pca" or, for one latent dimension, "0"
     * @param {Float32Array} centre where the plane's origin lies
     * @param {Float32Array[]} directions one or two unit vectors
     * @param {string[]} labels of the axes
     */
    constructor(name, centre, directions, labels) {
        this.name = name;
        this.centre = centre;
        this.directions = directions;
        this.labels = labels;
    }

    /** @param {ArrayLike<number>} z @param {number} [at] where the code begins @returns {[number, number]} */
    project(z, at = 0) {
        const place = /** @type {[number, number]} */ ([0, 0]);
        this.directions.forEach((direction, axis) => {
            for (let index = 0; index < direction.length; index += 1)
                place[axis] += (z[at + index] - this.centre[index]) * direction[index];
        });
        return place;
    }

    /** The code at a place of the plane, else like `z`. @param {ArrayLike<number>} z @param {[number, number]} place */
    move(z, place) {
        const now = this.project(z);
        const moved = Float32Array.from(z);
        this.directions.forEach((direction, axis) => {
            for (let index = 0; index < direction.length; index += 1)
                moved[index] += (place[axis] - now[axis]) * direction[index];
        });
        return moved;
    }

    /** Where all codes lie. With one latent dimension, each class gets a band. @param {Codes} codes */
    places({ count, latent, mean, labels }) {
        const [x, y] = [new Float32Array(count), new Float32Array(count)];
        const bands = labels ? labels.reduce((most, label) => Math.max(most, label + 1), 1) : 1, band = 6 / Math.max(10, bands);
        for (let row = 0; row < count; row += 1) {
            [x[row], y[row]] = this.project(mean, row * latent);
            if (this.directions.length > 1) continue;
            const scatter = ((row * 0.618034) % 1) - 0.5;
            y[row] = labels ? band * ((bands - 1) / 2 - labels[row] + 0.7 * scatter) : 4 * scatter;
        }
        return { x, y };
    }
}

/**
 * The plane of that name, or the one of the two dimensions that carry most.
 * @param {string} name
 * @param {Codes} codes
 * @param {number[]} order dimensions, the most informative first
 * @returns {Plane}
 */
export function planeNamed(name, codes, order) {
    const { latent } = codes;
    const unit = (/** @type {number} */ axis) => Float32Array.from({ length: latent }, (_, index) => Number(index === axis));
    if (latent === 1) return new Plane("0", new Float32Array(1), [unit(0)], ["z₁", ""]);
    if (name === "pca") return principal(codes);
    const axes = name.split(",").map(Number);
    const isPair = axes.length === 2 && axes[0] !== axes[1] && axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < latent);
    const [x, y] = isPair ? axes : order.slice(0, 2).sort((one, other) => one - other);
    return new Plane(`${x},${y}`, new Float32Array(latent), [unit(x), unit(y)], [subscript(x), subscript(y)]);
}

/** A dimension's name, counted from one as in the figures. */
export const subscript = (/** @type {number} */ index) =>
    `z${[...String(index + 1)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("")}`;

/** The two directions of greatest variance of the means, by power iteration on the covariance. @param {Codes} codes */
function principal({ count, latent, mean }) {
    const centre = new Float32Array(latent);
    for (let at = 0; at < mean.length; at += 1) centre[at % latent] += mean[at] / count;
    const covariance = Array.from({ length: latent }, () => new Float64Array(latent));
    const row = new Float64Array(latent);
    for (let at = 0; at < mean.length; at += latent) {
        for (let index = 0; index < latent; index += 1) row[index] = mean[at + index] - centre[index];
        for (let one = 0; one < latent; one += 1)
            for (let other = 0; other <= one; other += 1) covariance[one][other] += (row[one] * row[other]) / count;
    }
    for (let one = 0; one < latent; one += 1) for (let other = 0; other < one; other += 1) covariance[other][one] = covariance[one][other];
    const total = covariance.reduce((sum, line, index) => sum + line[index], 0);
    /** @type {Float32Array[]} */
    const directions = [];
    const labels = [];
    for (let component = 0; component < 2; component += 1) {
        let vector = Float64Array.from({ length: latent }, (_, index) => Math.sin(index + 1 + component));
        let variance = 0;
        for (let round = 0; round < 300; round += 1) {
            const next = Float64Array.from(covariance, (line) => line.reduce((sum, value, index) => sum + value * vector[index], 0));
            for (const earlier of directions) {
                const along = next.reduce((sum, value, index) => sum + value * earlier[index], 0);
                next.forEach((_, index) => { next[index] -= along * earlier[index]; });
            }
            variance = Math.hypot(...next);
            if (variance < 1e-12) break;
            vector = next.map((value) => value / variance);
        }
        const strongest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
        directions.push(Float32Array.from(vector, (value) => value * Math.sign(strongest || 1)));
        labels.push(`component ${component + 1}, ${Math.round((100 * variance) / total)} % of variance`);
    }
    return new Plane("pca", centre, directions, labels);
}

/**
 * Dimensions by what they tell of an image, and which of them tell nothing (KL divergence below 0.01 nats).
 * A plain autoencoder has no divergence; there the variance of the codes decides.
 * @param {Codes} codes
 * @param {number[]|null} kl a dimension; null: of these codes
 * @returns {{ order: number[], dead: boolean[], weight: number[] }}
 */
export function informative({ count, latent, mean, logVariance }, kl) {
    let weight = kl ?? [];
    if (logVariance && weight.length !== latent) {
        weight = Array(latent).fill(0);
        mean.forEach((value, at) => { weight[at % latent] += (value ** 2 + Math.exp(logVariance[at]) - 1 - logVariance[at]) / (2 * count); });
    } else if (!logVariance) {
        weight = Array(latent).fill(0);
        const centre = Array(latent).fill(0);
        mean.forEach((value, at) => { centre[at % latent] += value / count; });
        mean.forEach((value, at) => { weight[at % latent] += (value - centre[at % latent]) ** 2 / count; });
    }
    const order = weight.map((_, index) => index).sort((one, other) => weight[other] - weight[one]);
    return { order, dead: weight.map((value) => value < 0.01), weight };
}

/** Codes around an image that say how its class stands apart; classes that are asked; images among which the densest place is looked for. */
const [AROUND, ASKED, SAMPLE] = [64, 20, 512];

/**
 * The test image at which a map begins. z = 0 lies between the classes, where models paint worst; this is the middle
 * image of the class that keeps most to itself, or without labels an image where codes lie densest.
 * @param {Codes} codes
 */
export function typical({ count, latent, mean, labels }) {
    const distance = (/** @type {number} */ one, /** @type {number} */ other) => {
        let sum = 0;
        for (let axis = 0; axis < latent; axis += 1) sum += (mean[one * latent + axis] - mean[other * latent + axis]) ** 2;
        return Math.sqrt(sum);
    };
    const least = (/** @type {{ row: number, cost: number }[]} */ found) =>
        found.reduce((best, one) => (one.cost < best.cost ? one : best), { row: 0, cost: Infinity }).row;
    if (labels) return least(byClass(labels).filter(Boolean).sort((a, b) => b.length - a.length).slice(0, ASKED).map((rows) => {
        const row = medoid(rows, distance);
        const away = Float32Array.from({ length: count }, (_, other) => distance(row, other));
        const reach = away.slice().sort()[Math.min(AROUND, count - 1)];
        const strangers = away.reduce((sum, far, other) => sum + Number(far <= reach && labels[other] !== labels[row]), 0);
        return { row, cost: strangers };
    }));
    const rows = Array.from({ length: Math.min(SAMPLE, count) }, (_, index) => Math.floor((index * count) / Math.min(SAMPLE, count)));
    return least(rows.map((row) => ({ row, cost: rows.map((other) => distance(row, other)).sort((a, b) => a - b)[Math.min(8, rows.length - 1)] })));
}
