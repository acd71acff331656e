// How a run learned, or learns: its curves, and the map and reconstructions at any kept checkpoint.

import { calm, element, newest, number, onWidth } from "vae/dom";
import { lossChart, quantityPicker, runCurves } from "vae/chart";
import { informative, planeNamed } from "vae/plane";
import { progressWords } from "vae/progress";
import { Scatter, Viewport } from "vae/scatter";
import { rowOf, spread } from "vae/source";
import { bytesOf, drawSheet } from "vae/tile";

/** @typedef {import("vae/main").App} App @typedef {import("vae/source").Codes} Codes */

/** Test images that are shown beside their reconstructions. */
const EXAMPLES = 12;
/** Milliseconds of the way from one checkpoint's map to the next one's. */
const MORPH = 420;
/** Epochs that are named under the slider, at the most. */
const NAMED = 10;

/**
 * @param {HTMLElement} root
 * @param {App} app
 */
export function mount(root, app) {
    const { source, state } = app;
    let isHere = true, isPlaying = false, position = -1;
    /** @type {Codes|null} */
    let shown = null;
    // While the bar tells how the run trains, this is not seen.
    const ended = element("span", { className: "ended quiet" });
    const curves = element("div");
    const picker = quantityPicker(state.curve, (quantity) => { app.setState({ curve: quantity }); drawCurves(); });
    const plot = element("canvas", { className: "layer", role: "img", "aria-label": "The codes of the test images" });
    const box = element("div", { className: "plot" }, plot);
    const scatter = new Scatter(plot, new Viewport());
    const pairs = element("canvas", { className: "pairs", role: "img", "aria-label": "Test images above, their reconstructions below" });
    const slider = element("input", { type: "range", min: 0, step: 1, oninput: () => go(Number(slider.value)), "aria-label": "Checkpoint" });
    const words = element("output", { className: "digits" });
    const play = element("button", { type: "button", onclick: () => (isPlaying ? stop() : start()) }, "Play");
    const stops = element("div", { className: "stops", "aria-hidden": "true" });
    const player = element("div", { className: "player" }, play, element("div", { className: "slide" }, slider, stops), words);
    const hint = element("p", { className: "quiet" });
    root.append(element("div", { className: "page" },
        element("div", { className: "page-head" }, element("h2", {}, "How it learned"), ended),
        element("div", { className: "unfold" },
            element("section", { className: "stack tight", "aria-label": "The map at a checkpoint" },
                element("p", { className: "quiet" }, "Each point is a test image’s code."),
                box, player, hint),
            element("div", { className: "stack" },
                element("section", { className: "stack tight", "aria-label": "Losses" }, picker, curves),
                element("section", { className: "stack tight", "aria-label": "Reconstructions" },
                    element("p", { className: "quiet" }, "Test images, and what comes back from their mean."), pairs)))));

    /** Kept epochs in order, `last` where it is newer. */
    const points = () => {
        const all = app.runDetail.checkpoints, kept = all.filter(({ id }) => /^epoch-/.test(id)).sort((a, b) => a.epoch - b.epoch);
        const last = all.find(({ id }) => id === "last");
        return last && last.epoch > (kept[kept.length - 1]?.epoch ?? -1) ? [...kept, last] : kept;
    };

    function drawCurves() {
        curves.replaceChildren(lossChart(state.curve,
            runCurves(app.runDetail.metrics, state.curve, "var(--accent)"), curves, points()[position]?.epoch));
    }

    function tell() {
        const { state: standing, checkpoints } = app.runDetail;
        ended.textContent = progressWords(app.runDetail);
        const kept = points(), last = kept.length - 1;
        player.hidden = last < 1;
        hint.hidden = last > 0;
        hint.textContent = !checkpoints.length ? "No weights are kept yet: the map appears with the first epoch."
            : standing === "training" ? "A slider through the epochs appears as soon as weights of a second one are kept."
                : "Of this run only the weights of one epoch are kept. By itself vae train keeps those of epochs 1, 2, 3, 5, 8, 13, 20 "
                    + "and so on, with --keep-epochs all of them.";
        slider.max = String(last);
        const step = Math.ceil((last + 1) / NAMED);
        stops.replaceChildren(...kept.flatMap(({ epoch }, index) => {
            if (index !== last && (index % step || last - index < step)) return [];
            const stop = element("span", {}, String(epoch));
            stop.style.left = `${last ? (100 * index) / last : 0}%`;
            return [stop];
        }));
    }

    const show = newest(async (/** @type {number} */ index) => {
        const point = points()[index];
        if (!point) return;
        try {
            const { id } = app.runDetail;
            const codes = await source.codes(id, point.id), { latent } = codes;
            // From all over the set: folders of classes come one behind the other.
            const held = await source.places(id), places = [...spread(EXAMPLES, held.length)].map((index) => held[index]);
            const z = new Float32Array(places.length * latent);
            places.map((place) => rowOf(codes, place)).forEach((row, index) =>
                z.set(codes.mean.subarray(row * latent, (row + 1) * latent), index * latent));
            const [made, images] = await Promise.all([source.decode(id, point.id, z), source.images(id, places)]);
            if (!isHere || id !== app.runDetail.id) return;
            drawPairs(images, made);
            await unfold(codes);
        } catch (fault) {
            stop();
            app.fail(fault);
        }
    });

    /** @param {(Uint8Array|null)[]} images @param {Float32Array|Uint8Array} made */
    function drawPairs(images, made) {
        const both = new Uint8ClampedArray(2 * made.length), size = made.length / images.length;
        images.forEach((bytes, index) => both.set(bytes ?? [], index * size));
        both.set(bytesOf(made), made.length);
        drawSheet(pairs, both, app.runDetail.image_shape, images.length, 1);
    }

    /** From the codes that are shown to others, by the same points. @param {Codes} codes */
    async function unfold(codes) {
        const { order } = informative(codes, app.runDetail.kl_per_dimension), plane = planeNamed(state.plane, codes, order);
        const [from, to] = [shown?.count === codes.count ? { x: scatter.x, y: scatter.y } : null, plane.places(codes)];
        const isNew = shown === null;
        shown = codes;
        scatter.names = app.runDetail.class_names ?? [];
        const frame = (/** @type {Float32Array} */ x, /** @type {Float32Array} */ y) => {
            scatter.show(x, y, codes.labels);
            if (isNew || isPlaying) scatter.fit();
            scatter.draw();
        };
        if (!from || calm()) { frame(to.x, to.y); scatter.fit(); return scatter.draw(); }
        const begun = performance.now(), x = new Float32Array(codes.count), y = new Float32Array(codes.count);
        for (let t = 0; t < 1 && isHere;) {
            await new Promise(requestAnimationFrame);
            t = Math.min(1, (performance.now() - begun) / MORPH);
            const eased = t * t * (3 - 2 * t);
            for (let row = 0; row < codes.count; row += 1) {
                x[row] = from.x[row] + eased * (to.x[row] - from.x[row]);
                y[row] = from.y[row] + eased * (to.y[row] - from.y[row]);
            }
            frame(x, y);
        }
        frame(to.x, to.y);
    }

    /** @param {number} index of `points()` */
    function go(index) {
        position = Math.max(0, Math.min(index, points().length - 1));
        const point = points()[position];
        slider.value = String(position);
        words.textContent = point ? `epoch ${point.epoch}` : "";
        slider.setAttribute("aria-valuetext", words.textContent);
        drawCurves();
        const epoch = app.runDetail.metrics.find((one) => one.epoch === point?.epoch);
        app.announce(`${words.textContent}${epoch ? `, loss ${number(epoch.loss)}` : ""}`);
        show(position);
    }

    function start() {
        isPlaying = true;
        play.textContent = "Pause";
        if (position >= points().length - 1) go(0);
        step();
    }

    function step() {
        window.setTimeout(() => {
            if (!isPlaying || !isHere) return;
            if (position >= points().length - 1) return stop();
            go(position + 1);
            step();
        }, MORPH + 250);
    }

    function stop() {
        isPlaying = false;
        play.textContent = "Play";
    }

    const isAtEnd = () => position < 0 || position >= Number(slider.max);
    function refresh() {
        const wasAtEnd = isAtEnd();
        tell();
        if (wasAtEnd || position >= points().length) go(points().length - 1);
        else drawCurves();
    }

    const watcher = new ResizeObserver(() => {
        Object.assign(scatter.viewport, { width: box.clientWidth, height: box.clientHeight });
        if (!shown) return;
        scatter.fit();
        scatter.draw();
    });
    watcher.observe(box);
    const unwatch = onWidth(curves, drawCurves);
    const unlisten = app.listen((_, data) => { if ((data.run ?? data.id) === app.runDetail.id) refresh(); });
    let run = app.runDetail.id;
    refresh();
    return {
        /** Another run or theme. */
        update() {
            if (run !== app.runDetail.id) { [run, shown, position] = [app.runDetail.id, null, -1]; stop(); }
            scatter.recolour();
            refresh();
            if (shown) scatter.draw();
        },
        unmount() {
            isHere = false;
            watcher.disconnect();
            unwatch();
            unlisten();
        },
    };
}
