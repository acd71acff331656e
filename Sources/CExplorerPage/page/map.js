// The map: test images as points in latent space, and a probe whose place is decoded as it moves.

import { calm, element, newest, number, settled, tabList, unit } from "vae/dom";
import { Lattice } from "vae/lattice";
import { betweenPanel } from "vae/map-between";
import { MapControls } from "vae/map-controls";
import { drawPanel } from "vae/map-draw";
import { listen } from "vae/map-input";
import { lookPanel } from "vae/map-look";
import { drawOverlay, edge, placeLens } from "vae/map-overlay";
import { samplePanel } from "vae/map-sample";
import { informative, planeNamed, typical } from "vae/plane";
import { placeOf, rowOf } from "vae/source";
import { Scatter, Viewport } from "vae/scatter";
import { drawTile, tile } from "vae/tile";

/** @typedef {import("vae/main").App} App */
/** @typedef {import("vae/plane").Plane} Plane */
/** @typedef {{ root: HTMLElement, update: () => void, moved?: () => void, pointed?: () => void }} Panel */

const PANELS = [["look", "Look", lookPanel], ["between", "Between", betweenPanel], ["draw", "Draw", drawPanel],
    ["sample", "Sample", samplePanel]];
/** A point's reach, in an ordinary screen's pixels. */
const REACH = 10;

/** @param {HTMLElement} root @param {App} app */
export function mount(root, app) {
    const map = new MapView(root, app);
    map.update();
    return map;
}

/** The view itself; its panels read and move what is public here. */
export class MapView {
    /** @param {HTMLElement} root @param {App} app */
    constructor(root, app) {
        this.app = app;
        this.viewport = new Viewport();
        /** @type {import("vae/source").Codes|null} */
        this.codes = null;
        /** @type {Plane|null} */
        this.plane = null;
        this.probe = new Float32Array(0);
        /** The code under the mouse, or the probe's. @type {Float32Array} */
        this.cursor = this.probe;
        /** The row of the test image under the mouse, or of the chosen one; −1: none. */
        this.pointed = -1;
        /** What `cursor` decodes to, as far as it is known. @type {Float32Array|Uint8Array|null} */
        this.picture = null;
        /** @type {Float32Array|Uint8Array|null} */
        this.reconstruction = null;
        /** What else is drawn over the points, by who draws it.
         * @type {Map<string, (context: CanvasRenderingContext2D, at: (z: ArrayLike<number>) => [number, number]) => void>} */
        this.overlays = new Map();
        /** Where the mouse is, if it hovers. @type {[number, number]|null} */
        this.hover = null;
        this.stale = new Set();
        this.loaded = "";
        this.#build(root);
        listen(this);
        this.live = newest((/** @type {number} */ time) => this.#decodeLive(time));
        this.save = settled(200, () => app.setState({
            z: [...this.probe], centre: [...this.viewport.centre], zoom: this.viewport.scale,
        }));
        this.say = settled(500, () => this.#announce());
        this.size = new ResizeObserver(() => this.#resize());
        this.size.observe(this.box);
    }

    /** @param {HTMLElement} root */
    #build(root) {
        const { app } = this;
        const layer = () => element("canvas", { className: "layer", "aria-hidden": "true" });
        const canvases = [layer(), layer(), layer()];
        [, , this.overlay] = canvases;
        this.lattice = new Lattice(canvases[0], this.viewport, (z) => this.decode(z), () => this.redraw("lattice"));
        this.scatter = new Scatter(canvases[1], this.viewport);
        this.ground = element("div", {
            className: "map-ground", tabIndex: 0, role: "application",
            "aria-label": "Map of latent space. Arrow keys move the view, plus and minus zoom, 0 shows all points, "
                + "C centres on the probe, P pins the probe. The probe is the next stop of the Tab key.",
        });
        this.handle = element("button", {
            type: "button", className: "probe",
            "aria-label": "Probe. Arrow keys move it, with Shift in small steps; Enter chooses the nearest test image; P pins it.",
        });
        this.lensCanvas = tile(null, app.runDetail.image_shape);
        this.lens = element("div", { className: "lens", "aria-hidden": "true" }, this.lensCanvas);
        this.controls = new MapControls(this);
        this.box = element("section", { className: "map", "aria-label": "Latent space" }, ...canvases, this.ground, this.handle, this.lens,
            this.controls.top, this.controls.bottom);
        this.panels = PANELS.map(([id, label, make]) => {
            const panel = /** @type {Panel} */ (/** @type {any} */ (make)(this));
            return { id: /** @type {string} */ (id), label: /** @type {string} */ (label), panel: panel.root, ...panel };
        });
        const tabs = tabList("What to do at the map", this.panels, app.state.panel, (id) => {
            app.setState({ panel: id });
            this.#panel()?.update();
        });
        this.tabs = tabs;
        root.append(this.box, element("aside", { className: "panel", "aria-label": "Instruments" }, tabs.list, ...this.panels.map(({ panel }) => panel)));
    }

    #panel() {
        return this.panels.find(({ id }) => id === this.app.state.panel) ?? this.panels[0];
    }

    /** Brings everything to the state's run, checkpoint and place. */
    async update() {
        const { app, scatter, viewport } = this;
        const { state, runDetail: detail } = app;
        const key = `${state.run} ${state.checkpoint}`;
        try {
            this.controls.note.textContent ||= "Reading the codes …";
            const codes = await app.source.codes(state.run, state.checkpoint);
            if (key !== `${app.state.run} ${app.state.checkpoint}`) return;
            const isNew = codes !== this.codes;
            this.codes = codes;
            this.shape = detail.image_shape;
            this.dimensions = informative(codes, detail.kl_per_dimension);
            this.lattice.hasPrior = detail.is_variational;
            if (isNew) this.lattice.forget();
            this.#resize();
            scatter.recolour();
            this.lattice.recolour();
            scatter.names = detail.class_names ?? [];
            const chosen = this.chosen();
            this.probe = state.z ? Float32Array.from(state.z) : this.meanOf(chosen < 0 ? typical(codes) : chosen);
            this.#replane(isNew);
            if (state.centre && state.zoom) [viewport.centre, viewport.scale] = [/** @type {any} */ (state.centre), state.zoom];
            else if (isNew) scatter.fit();
            if (!state.z && viewport.inside(viewport.toScreen(...this.plane.project(this.probe))) < edge()) this.probe = this.plane.move(this.probe, viewport.centre);
            this.loaded = key;
        } catch (fault) {
            this.controls.note.textContent = "";
            return app.fail(fault);
        }
        this.cursor = this.probe;
        this.pointed = this.chosen();
        this.controls.update();
        this.controls.restyle();
        this.tabs.choose(this.#panel().id);
        this.panels.forEach((panel) => panel.update());
        this.#probeMoved(performance.now());
    }

    /** The row of the image that the state names; −1: none. */
    chosen() {
        const { codes, app: { state: { image } } } = this;
        return codes && image !== null && image < codes.total ? rowOf(codes, image) : -1;
    }

    /** Where a row's image stands in the test set. @param {number} row */
    placeOf(row) {
        return this.codes ? placeOf(this.codes, row) : row;
    }

    /** @param {boolean} isNew */
    #replane(isNew) {
        if (!this.codes || !this.dimensions) return;
        const plane = planeNamed(this.app.state.plane, this.codes, this.dimensions.order);
        if (!isNew && plane.name === this.plane?.name) return;
        this.plane = plane;
        const { x, y } = plane.places(this.codes);
        this.scatter.show(x, y, this.codes.labels);
    }

    /** @param {string} name */
    choosePlane(name) {
        this.app.setState({ plane: name, centre: null, zoom: null });
        this.#replane(false);
        this.fit();
        this.#panel()?.update();
        this.#probeMoved(performance.now());
    }

    #resize() {
        const { clientWidth: width, clientHeight: height } = this.box;
        const isFirst = this.viewport.width === 1;
        Object.assign(this.viewport, { width, height });
        if (isFirst && this.codes && !this.app.state.zoom) this.scatter.fit();
        this.redraw("lattice", "points", "overlay");
    }

    /** Draws these with the next frame. @param {...("lattice"|"points"|"overlay"|"panel")} layers */
    redraw(...layers) {
        if (!this.stale.size) requestAnimationFrame(() => this.#frame());
        layers.forEach((layer) => this.stale.add(layer));
    }

    #frame() {
        const stale = new Set(this.stale);
        this.stale.clear();
        if (!this.codes || !this.plane) return;
        if (stale.has("lattice")) {
            this.lattice.place(this.plane, this.probe, this.shape);
            this.lattice.draw();
        }
        if (stale.has("points")) {
            this.scatter.draw();
            this.controls.tell();
        }
        if (stale.has("overlay")) drawOverlay(this);
        if (stale.has("panel")) this.#panel()?.moved?.();
    }

    /** Decodes with the run's chosen weights. @param {Float32Array} z rows */
    decode(z) {
        return this.app.source.decode(this.app.state.run, this.app.state.checkpoint, z);
    }

    /** The mean of a test image. @param {number} index its row */
    meanOf(index) {
        const { mean, latent } = /** @type {import("vae/source").Codes} */ (this.codes);
        return mean.slice(index * latent, (index + 1) * latent);
    }

    /** What is at the cursor, and what becomes of the test image there, in one request. @param {number} time of the event */
    async #decodeLive(time) {
        const { cursor, pointed, codes, loaded } = this;
        if (!codes || cursor.length !== codes.latent) return;
        const rows = new Float32Array(cursor.length * (pointed >= 0 ? 2 : 1));
        rows.set(cursor);
        if (pointed >= 0) rows.set(this.meanOf(pointed), cursor.length);
        try {
            const images = await this.decode(rows);
            if (loaded !== this.loaded) return;
            const size = images.length / (pointed >= 0 ? 2 : 1);
            this.picture = images.subarray(0, size);
            this.reconstruction = pointed >= 0 ? images.subarray(size) : null;
            drawTile(this.lensCanvas, this.picture, this.shape);
            this.#panel()?.pointed?.();
            // For who measures: from the input event to this draw. The browser's own list would grow for ever.
            performance.measure("vae:picture", { start: time, end: performance.now() });
            performance.clearMeasures("vae:picture");
        } catch (fault) {
            this.app.fail(fault);
        }
    }

    /** Moves the probe. @param {ArrayLike<number>} z @param {number} [time] of the event that asked for it */
    setProbe(z, time = performance.now()) {
        this.probe = Float32Array.from(z);
        this.#probeMoved(time);
    }

    /** @param {number} time */
    #probeMoved(time) {
        if (!this.hover) this.cursor = this.probe;
        if (this.lattice.isOn && this.codes && this.codes.latent > 2) this.redraw("lattice");
        this.redraw("overlay", "panel");
        this.live(time);
        this.save();
    }

    /** Chooses a test image: its ring, its card, its place in the URL. @param {number} index its row; −1: none */
    choose(index) {
        this.pointed = index;
        this.app.setState({ image: index < 0 ? null : this.placeOf(index) });
        this.redraw("overlay");
        this.live(performance.now());
    }

    /** Takes a test image's whole code, also what the map does not show of it. @param {number} index @param {number} [time] of the event */
    take(index, time = performance.now()) {
        this.choose(index);
        this.setProbe(this.meanOf(index), time);
    }

    /** Pins the probe as an anchor. */
    pin() {
        const { state } = this.app;
        if (state.anchors.length >= 8) return this.app.announce("Eight anchors are the most.");
        this.app.setState({ anchors: [...state.anchors, [...this.probe]] });
        this.panels.find(({ id }) => id === "between")?.update();
        this.redraw("overlay");
        this.app.announce(`Pinned as ${"ABCDEFGH"[state.anchors.length - 1]}.`);
    }

    #announce() {
        if (!this.codes || !this.plane) return;
        const [x, y] = this.viewport.toScreen(...this.plane.project(this.probe));
        const near = this.scatter.nearest(x, y, 60);
        const label = near < 0 ? "" : ` Nearest: test image ${this.placeOf(near)}${this.codes.labels ? `, class ${this.scatter.nameOf(this.codes.labels[near])}` : ""}.`;
        this.app.announce(`Probe at ${[...this.probe].slice(0, 4).map((value) => number(value)).join(", ")}.${label}`);
    }

    /** @param {[number, number]} place @param {number} time */
    hovered(place, time) {
        if (!this.plane || !this.codes) return;
        this.hover = place;
        this.cursor = this.plane.move(this.probe, this.viewport.toPlane(...place));
        const near = this.near(place);
        const pointed = near >= 0 ? near : this.chosen();
        if (pointed !== this.pointed) this.redraw("overlay");
        this.pointed = pointed;
        placeLens(this);
        this.live(time);
    }

    /** The point within reach; −1: none. @param {[number, number]} place */
    near(place) {
        return this.scatter.nearest(...place, REACH * unit());
    }

    /** The mouse has left, or pans. */
    unhover() {
        if (!this.hover) return;
        this.hover = null;
        this.cursor = this.probe;
        this.pointed = this.chosen();
        this.redraw("overlay");
        this.live(performance.now());
    }

    /** @param {[number, number]} place @param {number} time */
    toProbe(place, time) {
        if (this.plane && this.codes) this.setProbe(this.plane.move(this.probe, this.viewport.toPlane(...place)), time);
    }

    viewMoved() {
        this.redraw("lattice", "points", "overlay");
        this.save();
    }

    /** @param {number} factor @param {number} [left] @param {number} [top] the place that stays */
    zoom(factor, left = this.viewport.width / 2, top = this.viewport.height / 2) {
        this.viewport.zoom(factor, left, top);
        this.viewMoved();
    }

    fit() {
        this.scatter.fit();
        this.viewMoved();
    }

    centre() {
        if (this.plane) this.viewport.centre = this.plane.project(this.probe);
        this.viewMoved();
    }

    /** Walks the probe along a way; returns what stops it. @param {(t: number) => Float32Array} way @param {(t: number) => void} onStep @param {number} milliseconds */
    walk(way, onStep, milliseconds) {
        let isOver = false;
        const begin = performance.now();
        const step = (/** @type {number} */ now) => {
            if (isOver) return;
            const t = Math.min(1, Math.max(0, (now - begin) / milliseconds));
            // Who wants less motion gets a few steps instead of a glide.
            this.setProbe(way(calm() ? Math.round(t * 8) / 8 : t));
            onStep(t);
            if (t < 1) requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
        return () => { isOver = true; };
    }

    unmount() {
        this.size.disconnect();
        this.loaded = "";
        for (const panel of this.panels) /** @type {any} */ (panel).unmount?.();
    }
}
