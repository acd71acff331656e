// The map's mouse, fingers and keys.

/** @typedef {import("vae/map").MapView} MapView */

/** Pixels that a press may travel and still be a click. */
const CLICK = 5;
/** Comes at once, not with the next frame; a page from another machine has none. */
const MOVED = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";
/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {MapView} map */
export function listen(map) {
    const { ground, handle, viewport } = map;
    /** @type {Map<number, [number, number]>} */
    const fingers = new Map();
    let travelled = 0;
    const place = (/** @type {MouseEvent} */ event) => {
        const box = map.box.getBoundingClientRect();
        return /** @type {[number, number]} */ ([event.clientX - box.left, event.clientY - box.top]);
    };
    ground.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
        ground.setPointerCapture(event.pointerId);
        fingers.set(event.pointerId, place(event));
        if (fingers.size === 1) travelled = 0;
    });
    ground.addEventListener(MOVED, (/** @type {PointerEvent} */ event) => {
        if (!fingers.size && event.pointerType !== "touch") map.hovered(place(event), event.timeStamp);
    });
    ground.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
        const now = place(event);
        const before = fingers.get(event.pointerId);
        if (!before) return;
        const [other] = [...fingers].filter(([id]) => id !== event.pointerId);
        fingers.set(event.pointerId, now);
        travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
        if (travelled < CLICK) return;
        ground.classList.add("is-panning");
        map.unhover();
        const share = other ? 0.5 : 1;
        viewport.pan(share * (now[0] - before[0]), share * (now[1] - before[1]));
        if (other) {
            const apart = (/** @type {[number, number]} */ finger) => Math.hypot(finger[0] - other[1][0], finger[1] - other[1][1]) || 1;
            viewport.zoom(apart(now) / apart(before), (now[0] + other[1][0]) / 2, (now[1] + other[1][1]) / 2);
        }
        map.viewMoved();
    });
    const up = (/** @type {PointerEvent} */ event) => {
        const isLast = fingers.delete(event.pointerId) && !fingers.size;
        ground.classList.remove("is-panning");
        if (event.type !== "pointerup" || !isLast || travelled >= CLICK) return;
        const now = place(event);
        const near = map.near(now);
        if (near >= 0) map.take(near, event.timeStamp);
        else map.toProbe(now, event.timeStamp);
    };
    ground.addEventListener("pointerup", up);
    ground.addEventListener("pointercancel", up);
    ground.addEventListener("pointerleave", () => map.unhover());
    map.box.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
        // A long legend scrolls.
        if (/** @type {Element} */ (event.target).closest(".is-long")) return;
        event.preventDefault();
        const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
        map.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0016)), ...place(event));
    }, { passive: false });
    ground.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => key(map, event));
    handle.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => handle.setPointerCapture(event.pointerId));
    handle.addEventListener(MOVED, (/** @type {PointerEvent} */ event) => {
        if (handle.hasPointerCapture(event.pointerId)) map.toProbe(place(event), event.timeStamp);
    });
    handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => probeKey(map, event));
}

/** @param {MapView} map @param {KeyboardEvent} event */
function key(map, event) {
    const step = event.shiftKey ? 12 : 60;
    const way = WAYS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (way) {
        map.viewport.pan(-way[0] * step, way[1] * step);
        map.viewMoved();
    } else if (event.key === "+" || event.key === "=") map.zoom(1.25);
    else if (event.key === "-" || event.key === "−") map.zoom(0.8);
    else if (event.key === "0") map.fit();
    else if (event.key === "c") map.centre();
    else if (event.key === "p") map.pin();
    else return;
    event.preventDefault();
}

/** @param {MapView} map @param {KeyboardEvent} event */
function probeKey(map, event) {
    if (!map.plane || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = (event.shiftKey ? 1 : 8) / map.viewport.scale;
    const way = WAYS[event.key];
    const [x, y] = map.plane.project(map.probe);
    if (way) map.setProbe(map.plane.move(map.probe, [x + way[0] * step, y + way[1] * step]), event.timeStamp);
    else if (event.key === "Enter") {
        const near = map.scatter.nearest(...map.viewport.toScreen(x, y), 200);
        if (near >= 0) map.choose(near);
    } else if (event.key === "p") map.pin();
    else return;
    event.preventDefault();
    map.say();
}
