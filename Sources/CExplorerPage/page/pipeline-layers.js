// A layer's output as a sheet of maps, and the lens that shows one of them large.

import { calm, element, number } from "vae/dom";
import { colours } from "vae/theme";

/** What kinds of layers do, the first whose type fits; others are called by their type. @type {[RegExp, string][]} */
const words = [
    [/Pool/, "pool"], [/Transpose/, "paint"], [/Conv/, "find"], [/Dense/, "weigh"], [/UpSampling/, "enlarge"],
    [/Norm/, "level"], [/^(Add|Multiply|Concatenate)$/, "join"], [/LU|Sigmoid|Tanh|Softplus/, "bend"],
];

/** Pixels that a sheet takes across, on an ordinary screen. */
const WIDEST = 170;

/** Writes one map's RGBA: the strongest value of the layer is the full colour, nothing is the paper. */
function paint(/** @type {Float32Array} */ values, map, channels, strongest, /** @type {Uint8ClampedArray} */ target) {
    const { accent, opposite: negative } = colours();
    for (let pixel = 0, out = 0; out < target.length; pixel += 1, out += 4) {
        const value = values[pixel * channels + map];
        target.set(value < 0 ? negative : accent, out);
        target[out + 3] = 255 * (Math.abs(value) / strongest) ** 0.5;
    }
}

/** All maps of a layer side by side: 64 channels are an 8×8 mosaic. */
export class Sheet {
    /** @param {{ name: string, type: string, shape: number[] }} layer @param {Lens} lens */
    constructor({ name, type, shape }, lens) {
        this.name = name;
        [this.height, this.width, this.maps] = shape.length === 3 ? shape : [1, 1, shape[0]];
        this.columns = shape.length === 1 && this.maps <= 16 ? Math.min(2, this.maps)
            : 2 ** Math.ceil(Math.log2(Math.sqrt(this.maps)));
        this.lens = lens;
        this.map = 0;
        /** @type {Float32Array} */
        this.values = new Float32Array(this.height * this.width * this.maps);
        /** @type {HTMLCanvasElement} */
        this.canvas = element("canvas", {
            className: "sheet-maps", tabIndex: 0, role: "slider", "aria-valuemin": 1, "aria-valuemax": this.maps,
            "aria-label": `${name}, ${this.maps} ${this.height * this.width > 1 ? "maps" : "values"}`,
        });
        // A map of 24 pixels takes 14, one of a single pixel 5; thousands of values take less, and tall maps their ratio.
        const most = Math.max(1, Math.floor(WIDEST / this.columns) - 1);
        this.cell = Math.min(20, most, Math.round(4.6 + 0.4 * this.width));
        this.rise = Math.max(1, Math.round(this.cell * this.height / this.width));
        const rows = Math.ceil(this.maps / this.columns);
        [this.canvas.width, this.canvas.height] = [2 * (this.columns * (this.cell + 1) - 1), 2 * (rows * (this.rise + 1) - 1)];
        this.canvas.style.width = `calc(${this.canvas.width / 32}rem * var(--grow))`;
        const size = shape.length === 3 && this.width * this.height > 1
            ? `${this.height}×${this.width}×${this.maps}` : `${this.maps}`;
        this.root = element("figure", { className: "sheet" }, this.canvas,
            element("figcaption", { title: name }, element("span", {}, words.find(([kind]) => kind.test(type))?.[1] ?? type), size));
        this.atlas = element("canvas", { width: this.width, height: this.height * this.maps });
        this.#listen();
    }

    #listen() {
        const { canvas } = this;
        const look = (/** @type {number} */ map) => {
            this.map = Math.min(this.maps - 1, Math.max(0, map));
            this.lens.show(this);
        };
        const point = (/** @type {PointerEvent} */ event) => {
            const box = canvas.getBoundingClientRect(), rows = Math.ceil(this.maps / this.columns);
            look(Math.min(rows - 1, Math.floor(event.offsetY * rows / box.height)) * this.columns
                + Math.min(this.columns - 1, Math.floor(event.offsetX * this.columns / box.width)));
        };
        canvas.addEventListener("pointerdown", point);
        canvas.addEventListener("pointermove", point);
        canvas.addEventListener("pointerleave", () => { if (document.activeElement !== canvas) this.lens.hide(); });
        canvas.addEventListener("focus", () => look(this.map));
        canvas.addEventListener("blur", () => this.lens.hide());
        canvas.addEventListener("keydown", (event) => {
            const step = {
                ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, Home: -this.maps,
                End: this.maps,
            }[event.key];
            if (event.key === "Escape") this.lens.hide();
            if (!step) return;
            event.preventDefault();
            look(this.map + step);
        });
    }

    /** @param {Float32Array} values */
    show(values) {
        this.values = values;
        this.draw();
    }

    draw() {
        const { values, width, height, maps, columns, cell, rise, canvas } = this;
        this.strongest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
        const atlas = this.atlas.getContext("2d"), image = atlas.createImageData(width, height * maps);
        const one = width * height * 4;
        for (let map = 0; map < maps; map += 1)
            paint(values, map, maps, this.strongest, image.data.subarray(map * one, (map + 1) * one));
        atlas.putImageData(image, 0, 0);
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        context.clearRect(0, 0, canvas.width, canvas.height);
        context.imageSmoothingEnabled = 2 * cell < width;
        context.fillStyle = `rgb(${colours().muted.join(" ")} / .14)`;
        for (let map = 0; map < maps; map += 1) {
            const at = [2 * (map % columns) * (cell + 1), 2 * Math.floor(map / columns) * (rise + 1), 2 * cell, 2 * rise];
            context.fillRect(at[0], at[1], at[2], at[3]);
            context.drawImage(this.atlas, 0, map * height, width, height, at[0], at[1], at[2], at[3]);
        }
        const value = this.describe();
        canvas.setAttribute("aria-valuenow", String(this.map + 1));
        canvas.setAttribute("aria-valuetext", value);
        if (this.lens.sheet === this) this.lens.show(this);
    }

    /** What the lens says of the chosen map. */
    describe() {
        const { map, maps, values, width, height } = this;
        if (width * height === 1) return `value ${map + 1} of ${maps}: ${number(values[map])}`;
        let strongest = values[map];
        for (let at = map; at < values.length; at += maps) strongest = Math.max(strongest, values[at]);
        return `map ${map + 1} of ${maps}, ${height} × ${width}, strongest ${number(strongest)}`;
    }

    /** Comes up a little later than the sheet before it. */
    arrive(/** @type {number} */ delay) {
        if (!calm()) this.canvas.animate([{ opacity: 0.15 }, { opacity: 1 }], { duration: 380, delay, fill: "backwards" });
    }
}

/** One map, large, beside its sheet. */
export class Lens {
    constructor() {
        this.canvas = element("canvas", { "aria-hidden": "true" });
        this.name = element("strong");
        this.words = element("span");
        this.root = element("figure", { className: "magnifier", hidden: true }, this.canvas,
            element("figcaption", {}, this.name, this.words));
        /** @type {Sheet|null} */
        this.sheet = null;
    }

    /** @param {Sheet} sheet */
    show(sheet) {
        const { width, height, maps, map, values, canvas } = sheet, { root } = this;
        this.sheet = sheet;
        [this.canvas.width, this.canvas.height] = [width, height];
        const context = this.canvas.getContext("2d"), image = context.createImageData(width, height);
        paint(values, map, maps, sheet.strongest, image.data);
        context.putImageData(image, 0, 0);
        this.name.textContent = sheet.name;
        this.words.textContent = sheet.describe();
        canvas.setAttribute("aria-valuenow", String(map + 1));
        canvas.setAttribute("aria-valuetext", sheet.describe());
        root.hidden = false;
        const stage = root.parentElement.getBoundingClientRect(), box = canvas.getBoundingClientRect();
        const left = box.left - stage.left + box.width / 2 - root.offsetWidth / 2;
        root.style.left = `${Math.max(0, Math.min(left, stage.width - root.offsetWidth))}px`;
        root.style.top = `${box.top - stage.top - root.offsetHeight - 10}px`;
    }

    hide() {
        this.sheet = null;
        this.root.hidden = true;
    }
}
