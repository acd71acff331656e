// The fine lines of the pipeline view: what flows from each picture to the next.

import { calm, svg } from "vae/dom";

/** Lines behind the steps, drawn anew whenever these move. */
export class Wires {
    /** @param {HTMLElement} stage */
    constructor(stage) {
        this.stage = stage;
        this.root = svg("svg", { class: "wires", "aria-hidden": "true" });
        /** @type {SVGElement[]} in the order of the flow */
        this.beams = [];
    }

    /**
     * @param {HTMLElement[][]} rows what flows from left to right; the end of each row leads to the next one's start
     * @param {HTMLElement} below the first of what stands under the first row
     */
    draw(rows, below) {
        const origin = this.stage.getBoundingClientRect();
        const box = (/** @type {HTMLElement} */ node) => {
            const { left, right, top, bottom } = node.getBoundingClientRect();
            return { left: left - origin.left, right: right - origin.left, top: top - origin.top, bottom: bottom - origin.top };
        };
        this.root.setAttribute("viewBox", `0 0 ${origin.width} ${origin.height}`);
        this.root.replaceChildren();
        this.beams = rows.flatMap((row, number) => {
            const boxes = row.map(box), beams = [];
            if (number) beams.push(this.#turn(box(rows[number - 1].at(-1)), boxes[0], box(below).top - 22));
            for (let i = 0; i + 1 < boxes.length; i += 1) beams.push(this.#beam(boxes[i], boxes[i + 1]));
            return beams;
        }).filter((beam) => beam !== null);
    }

    /** A widening or narrowing beam between two pictures side by side; none where the second begins a new line. */
    #beam(from, to) {
        if (to.left <= from.right || to.top > from.bottom || to.bottom < from.top) return null;
        const [a, b] = [from.right + 2, to.left - 2];
        const beam = svg("path", { class: "beam", d: `M${a} ${from.top}L${b} ${to.top}V${to.bottom}L${a} ${from.bottom}Z` });
        const edges = svg("path", { class: "wire", d: `M${a} ${from.top}L${b} ${to.top}M${a} ${from.bottom}L${b} ${to.bottom}` });
        this.root.append(beam, edges);
        return beam;
    }

    /** From the end of a row around to the start of the next. */
    #turn(from, to, between) {
        if (to.top <= from.bottom) return null;
        const [x, end] = [from.right + 14, to.left - 14], [y, last] = [(from.top + from.bottom) / 2, (to.top + to.bottom) / 2];
        const r = 10;
        if (x - end < 200 || end < 0) return null;
        const wire = svg("path", {
            class: "wire turn", d: `M${from.right + 3} ${y}H${x - r}q${r} 0 ${r} ${r}V${between - r}q0 ${r} ${-r} ${r}`
                + `H${end + r}q${-r} 0 ${-r} ${r}V${last - r}q0 ${r} ${r} ${r}H${to.left - 3}`,
        });
        this.root.append(wire);
        return wire;
    }

    /** A light that runs along the beams from the one at `first`. */
    pulse(/** @type {number} */ first, /** @type {number} */ pace) {
        if (calm()) return;
        this.beams.slice(first).forEach((beam, i) => beam.animate(
            [{}, { fillOpacity: 0.4, strokeOpacity: 1, offset: 0.35 }, {}], { duration: 520, delay: i * pace, easing: "ease-out" }));
    }
}
