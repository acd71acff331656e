// The code, dimension by dimension: the cloud that the encoder sees, and the draw from it.

import { element, number, svg } from "vae/dom";

const digits = "₀₁₂₃₄₅₆₇₈₉";
const subscript = (/** @type {number} */ value) => [...String(value)].map((digit) => digits[Number(digit)]).join("");

/** The most informative dimensions that are shown until all are asked for. */
const few = 4;
/** How far ε can be thrown, either way: one throw in 370 goes farther, and is thrown again. */
export const reach = 3;

/** A draw from N(0, 1) within reach, by Box and Muller. */
export function normal() {
    for (;;) {
        const value = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
        if (Math.abs(value) <= reach) return value;
    }
}

/** Heights are the root of the density, or a narrow cloud would flatten the prior. */
function bell(mean, sigma, range, top) {
    const points = new Set();
    for (let i = 0; i <= 96; i += 1) points.add(-range + 2 * range * i / 96);
    for (let i = -24; i <= 24; i += 1) points.add(Math.min(range, Math.max(-range, mean + sigma * i / 6)));
    const line = [...points].sort((a, b) => a - b).map((x) => {
        const density = Math.exp(-(((x - mean) / sigma) ** 2) / 2) / sigma;
        return `${(100 * (x + range) / (2 * range)).toFixed(2)} ${(40 - 38 * Math.sqrt(density / top)).toFixed(2)}`;
    });
    return `M0 40L${line.join("L")}L100 40Z`;
}

/** All dimensions in two lists of rows: `curves` and `draws`. */
export class Dimensions {
    /**
     * @param {number} latent
     * @param {boolean} isVariational
     * @param {() => void} onThrow after `epsilon` has changed by hand
     */
    constructor(latent, isVariational, onThrow) {
        this.isVariational = isVariational;
        this.epsilon = new Float32Array(latent);
        this.rows = Array.from({ length: latent }, (_, dimension) => {
            const name = `z${subscript(dimension + 1)}`, index = subscript(dimension + 1);
            const [prior, cloud] = ["prior", "cloud"].map((kind) => svg("path", { class: kind }));
            const point = svg("line", { class: "point", y1: 4, y2: 40 });
            const numbers = element("span", { className: "dim-numbers" }), sum = element("output", { className: "dim-sum" });
            const slider = element("input", {
                type: "range", min: -reach, max: reach, step: 0.01, value: 0, "aria-label": `ε${index}`,
                oninput: () => { this.epsilon[dimension] = Number(slider.value); onThrow(); },
            });
            const plot = svg("svg", { viewBox: "0 0 100 41", preserveAspectRatio: "none", "aria-hidden": "true" },
                isVariational && prior, isVariational && cloud, svg("line", { class: "axis", x2: 100, y1: 40, y2: 40 }), point);
            const curve = element("li", { className: "dim" }, element("span", { className: "dim-name" }, name), plot, numbers);
            const draw = element("li", { className: "dim" },
                isVariational && element("span", { className: "dim-name" }, `ε${index}`), isVariational && slider, sum);
            return { dimension, index, prior, cloud, point, numbers, slider, sum, curve, draw };
        });
        this.more = latent > few ? element("button", {
            type: "button", className: "quiet", "aria-expanded": "false", onclick: () => {
                const all = this.more.getAttribute("aria-expanded") === "false";
                this.more.setAttribute("aria-expanded", String(all));
                this.more.textContent = all ? `Show the ${few} that carry most` : `Show all ${latent} dimensions`;
                this.arrange();
            },
        }, `Show all ${latent} dimensions`) : null;
        this.curves = element("ul", { className: "dims curves" });
        this.draws = element("ul", { className: "dims draws" });
        this.arrange();
    }

    /** @param {number[]} [order] the most informative dimension first; else as they stand */
    arrange(order) {
        if (order) this.rows.sort((one, other) => order.indexOf(one.dimension) - order.indexOf(other.dimension));
        const all = this.more?.getAttribute("aria-expanded") === "true";
        this.rows.forEach(({ curve, draw }, place) => { curve.hidden = draw.hidden = !all && place >= few; });
        this.curves.replaceChildren(...this.rows.map(({ curve }) => curve));
        this.draws.replaceChildren(...this.rows.map(({ draw }) => draw));
    }

    /** Throws every ε anew; none: all zero, so that z = μ. */
    throwAll(/** @type {boolean} */ none = false) {
        this.epsilon = this.epsilon.map(() => none ? 0 : normal());
    }

    /** @param {{ mean: Float32Array, log_variance: Float32Array|null, z: Float32Array }} code */
    show({ mean, log_variance: logVariance, z }) {
        const sigma = mean.map((_, i) => logVariance ? Math.exp(logVariance[i] / 2) : 0);
        const far = mean.reduce((most, value, i) => Math.max(most, Math.abs(value) + 3 * sigma[i]), 0);
        const range = Math.max(4, Math.ceil(far)), place = (/** @type {number} */ x) => 50 + 50 * x / range;
        // The narrowest cloud fills the height.
        const top = 1 / Math.min(1, ...sigma.filter((value) => value > 0));
        for (const { dimension: d, index, prior, cloud, point, numbers, slider, sum } of this.rows) {
            point.setAttribute("x1", place(z[d]));
            point.setAttribute("x2", place(z[d]));
            if (!logVariance) {
                numbers.textContent = "";
                sum.textContent = `z${index} = ${number(z[d])}`;
                continue;
            }
            prior.setAttribute("d", bell(0, 1, range, top));
            cloud.setAttribute("d", bell(mean[d], sigma[d], range, top));
            const nats = 0.5 * (mean[d] ** 2 + sigma[d] ** 2 - 1 - logVariance[d]);
            numbers.replaceChildren(`μ ${number(mean[d])}  σ ${number(sigma[d])}`, element("br"), `KL ${number(nats)} nats`);
            slider.value = String(this.epsilon[d]);
            slider.setAttribute("aria-valuetext", `${number(this.epsilon[d])}, z ${number(z[d])}`);
            sum.textContent = `${number(mean[d])} + ${number(sigma[d])} · ${number(this.epsilon[d])} = ${number(z[d])}`;
        }
    }
}
