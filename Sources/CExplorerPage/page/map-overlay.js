// What lies over the map's points: ways and clouds of the panels, the ring of the chosen image, the probe and its lens.

import { unit } from "vae/dom";
import { colours, css } from "vae/theme";

/** The knob's radius, in an ordinary screen's pixels. */
const KNOB = 15;

/** How far outside the view the knob may lie and still be seen; below 0. */
export const edge = () => -KNOB * unit();

/** @param {import("vae/map").MapView} map */
export function drawOverlay(map) {
    const ratio = devicePixelRatio || 1;
    const { overlay, viewport, plane, codes, handle, scatter } = map;
    if (!plane || !codes) return;
    const [width, height] = [Math.round(viewport.width * ratio), Math.round(viewport.height * ratio)];
    if (overlay.width !== width || overlay.height !== height) Object.assign(overlay, { width, height });
    const context = overlay.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, viewport.width, viewport.height);
    const at = (/** @type {ArrayLike<number>} */ z) => viewport.toScreen(...plane.project(z));
    for (const draw of map.overlays.values()) draw(context, at);
    const [x, y] = at(map.probe);
    handle.style.transform = `translate(${x}px, ${y}px)`;
    handle.hidden = viewport.inside([x, y]) < edge();
    if (map.pointed >= 0) {
        const [left, top] = viewport.toScreen(scatter.x[map.pointed], scatter.y[map.pointed]);
        context.beginPath();
        context.arc(left, top, 9 * unit(), 0, 2 * Math.PI);
        for (const [thick, colour] of /** @type {const} */ ([[4, "paper"], [2, "ink"]])) {
            context.lineWidth = thick * unit();
            context.strokeStyle = css(colours()[colour]);
            context.stroke();
        }
    }
    placeLens(map);
}

/** The lens stands beside what it shows, on the side where there is room, and below the controls. @param {import("vae/map").MapView} map */
export function placeLens(map) {
    const { viewport, plane, lens, handle, controls } = map;
    if (!plane) return;
    const [left, top] = map.hover ?? viewport.toScreen(...plane.project(map.probe));
    const side = lens.offsetWidth || 106 * unit(), down = lens.offsetHeight || side, gap = 22 * unit();
    const beside = left + gap + side > viewport.width ? left - gap - side : left + gap;
    const over = Math.min(viewport.height - down - 4, Math.max(controls.top.offsetHeight + 18, top - down - 14 * unit()));
    lens.style.transform = `translate(${Math.round(Math.max(4, beside))}px, ${Math.round(over)}px)`;
    lens.hidden = map.hover === null && handle.hidden;
}
