// The controls over the map: legend, plane, marks, lattice, zoom, and the line that says what is shown.

import { count, element } from "vae/dom";
import { drawShape } from "vae/scatter";
import { subscript } from "vae/plane";
import { colourOf, colours } from "vae/theme";

/** Dimensions of which pairs are offered as planes. */
const WORTH = 6;

/** What stands over a map, and what the state says of its look. */
export class MapControls {
    /** @param {import("vae/map").MapView} map */
    constructor(map) {
        this.map = map;
        const { app } = map;
        this.legend = element("div", { className: "legend", role: "group", "aria-label": "Classes: show or hide" });
        this.planes = element("select", { "aria-label": "Plane", onchange: () => map.choosePlane(this.planes.value) });
        this.planePick = element("label", { className: "pick" }, element("span", {}, "Plane"), this.planes);
        this.marks = element("select", { "aria-label": "Marks", onchange: () => { app.setState({ marks: this.marks.value }); this.restyle(); } },
            ...["auto", "points", "density"].map((value) => element("option", { value }, `Marks: ${value}`)));
        this.grid = element("button", { type: "button", onclick: () => { app.setState({ grid: !app.state.grid }); this.restyle(); } }, "Decoded lattice");
        this.note = element("span", { className: "map-note" });
        const button = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
            element("button", { type: "button", "aria-label": label, title: label, onclick }, sign);
        this.top = element("div", { className: "map-top" }, this.legend, element("div", { className: "map-tools" },
            this.planePick, this.marks, this.grid));
        this.bottom = element("div", { className: "map-bottom" }, this.note, element("div", { className: "map-zoom" },
            button("+", "Zoom in", () => map.zoom(1.5)), button("−", "Zoom out", () => map.zoom(1 / 1.5)),
            button("⤢", "Show all points", () => map.fit()), button("◎", "Centre on the probe", () => map.centre())));
    }

    /** Offers what these codes have. */
    update() {
        const { codes, dimensions, scatter, plane, app } = this.map;
        if (!codes || !dimensions) return;
        this.planePick.hidden = codes.latent < 3;
        const { order, dead } = dimensions;
        const pairs = [];
        const worth = order.slice(0, WORTH);
        for (let one = 0; one < worth.length; one += 1) for (let other = one + 1; other < worth.length; other += 1)
            pairs.push([worth[one], worth[other]].sort((a, b) => a - b));
        const words = (/** @type {number} */ axis) => subscript(axis) + (dead[axis] ? " (dead)" : "");
        this.planes.replaceChildren(...pairs.map(([x, y]) => element("option", { value: `${x},${y}` }, `${words(x)} · ${words(y)}`)),
            element("option", { value: "pca" }, "principal components"));
        this.planes.value = plane?.name ?? "";
        const classes = [...new Set(codes.labels ?? [])].sort((a, b) => a - b);
        this.legend.hidden = !classes.length;
        this.legend.classList.toggle("is-long", classes.length > 30);
        if (this.legend.textContent !== classes.map((label) => scatter.nameOf(label)).join("")) this.legend.replaceChildren(...classes.map((label) => element("button", {
            type: "button", value: String(label), onclick: () => this.#toggle(label),
            ondblclick: () => this.#toggleOthers(label, classes), title: `${scatter.nameOf(label)}: show or hide; double-click shows it alone`,
        }, element("canvas", { width: 56, height: 56, "aria-hidden": "true" }), element("span", {}, scatter.nameOf(label)))));
        for (const button of this.legend.children) {
            const context = button.querySelector("canvas").getContext("2d");
            context.setTransform(1, 0, 0, 1, 0, 0);
            context.clearRect(0, 0, 56, 56);
            context.translate(28, 28);
            drawShape(context, Number(button.value), 20, colourOf(Number(button.value)), colours().paper);
        }
        this.marks.value = app.state.marks;
    }

    /** @param {number} label */
    #toggle(label) {
        const { app } = this.map;
        const hidden = new Set(app.state.hidden);
        if (!hidden.delete(label)) hidden.add(label);
        app.setState({ hidden: [...hidden].sort((one, other) => one - other) });
        this.restyle();
    }

    /** @param {number} label @param {number[]} classes */
    #toggleOthers(label, classes) {
        const { app } = this.map;
        const others = classes.filter((one) => one !== label);
        const isAlone = others.every((one) => app.state.hidden.includes(one));
        app.setState({ hidden: isAlone ? [] : others });
        this.restyle();
    }

    /** What the state says of the look. */
    restyle() {
        const { map } = this;
        const { state } = map.app;
        map.scatter.hidden = new Set(state.hidden);
        map.scatter.marks = state.marks;
        map.scatter.isDim = map.lattice.isOn = state.grid;
        this.grid.setAttribute("aria-pressed", String(state.grid));
        for (const button of this.legend.children)
            button.setAttribute("aria-pressed", String(!state.hidden.includes(Number(button.value))));
        map.redraw("lattice", "points", "overlay");
    }

    /** Says what the map shows, and what it leaves as it is. */
    tell() {
        const { codes, plane, scatter } = this.map;
        if (!codes || !plane) return;
        const axes = plane.labels[1] ? `${plane.labels[0]} → , ${plane.labels[1]} ↑` : `${plane.labels[0]} →, a band for each class`;
        const some = codes.count < codes.total ? `${count(codes.count)} of ${count(codes.total)} test images, one in ${Number((codes.total / codes.count).toFixed(1))}` : `${count(codes.count)} test images`;
        const words = `${some}${scatter.isDense ? " as density" : ""} · ${axes}${heldWords(codes.latent)}`;
        if (this.note.textContent !== words) this.note.textContent = words;
    }
}

/** @param {number} latent */
const heldWords = (latent) => (latent < 3 ? "" : ` · the other ${latent - 2} as the probe has ${latent > 3 ? "them" : "it"}`);
