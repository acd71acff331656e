// Runs side by side: their curves, the settings that differ, their maps and what they paint.

import { element, onWidth } from "vae/dom";
import { lossChart, quantityPicker, runCurves } from "vae/chart";
import { kindOf, kindsOf } from "vae/kinds";
import { informative, planeNamed } from "vae/plane";
import { lossWords } from "vae/progress";
import { Scatter, Viewport } from "vae/scatter";
import { drawSheet } from "vae/tile";

/** @typedef {import("vae/main").App} App @typedef {import("vae/source").RunDetail} RunDetail */

/** Most runs side by side; beyond, nobody can tell their colours apart. */
const MOST = 6;
/** Images on a side of each run's sheet, and how far it reaches from zero. */
const [SIDE, REACH] = [12, 3];
/** The classes' colours that are farthest apart. */
const COLOURS = [0, 3, 2, 7, 1, 5].map((index) => `var(--class-${index})`);

/**
 * @param {HTMLElement} root
 * @param {App} app
 */
export function mount(root, app) {
    const { source, state } = app;
    let isHere = true, round = 0;
    const chips = element("div", { className: "chips", role: "group", "aria-label": "Runs to compare" });
    const picker = quantityPicker(state.curve, (quantity) => { app.setState({ curve: quantity }); drawCurves(); });
    const remark = element("p", { className: "quiet" }, "Reading the runs …"), curves = element("div", { className: "charts" });
    const settings = element("div", { className: "table-box", tabIndex: 0, role: "region", "aria-label": "Settings" });
    const columns = element("div", { className: "columns" });
    root.append(element("div", { className: "page" },
        element("div", { className: "page-head" }, element("h2", {}, "Runs side by side"), chips),
        element("div", { className: "unfold" },
            element("section", { className: "stack tight", "aria-label": "Losses" }, picker, remark, curves),
            element("section", { className: "stack tight", "aria-label": "Settings that differ" },
                element("h3", {}, "Settings that differ"), settings)),
        columns));

    /** @type {Map<string, RunDetail>} */
    const details = new Map();
    /** @type {Map<string, { redraw: () => void }>} */
    const panels = new Map();

    const readable = () => app.runs.filter((run) => run.state !== "unreadable");
    /** Those that the URL names; else this run and the first others, so a VAE stands beside its plain autoencoder. */
    function chosen() {
        const named = state.runs.filter((id) => readable().some((run) => run.id === id)).slice(0, MOST);
        if (named.length) return named;
        const others = readable().filter((run) => run.id !== state.run);
        const plain = others.find((run) => run.is_variational !== app.runDetail.is_variational) ?? others[0];
        return [state.run, ...plain ? [plain.id] : []];
    }

    const colour = (/** @type {string} */ id) => COLOURS[Math.max(0, chosen().indexOf(id)) % COLOURS.length];

    function drawChips() {
        const now = chosen();
        chips.replaceChildren(...readable().map((run) => {
            const isOn = now.includes(run.id);
            return element("button", {
                type: "button", "aria-pressed": String(isOn), disabled: isOn ? now.length < 2 : now.length >= MOST,
                onclick: () => { app.setState({ runs: isOn ? now.filter((id) => id !== run.id) : [...now, run.id] }); refresh(); },
            }, run.name);
        }));
    }

    function drawCurves() {
        const runs = chosen().map((id) => details.get(id)).filter((run) => run !== undefined), kinds = kindsOf(runs, state.curve);
        const left = runs.filter((run) => kindOf(run, state.curve) === null).map(({ name }) => name);
        const remarks = [kinds.length > 1 && `No common scale can hold these: they are measured in ${kinds.length} ways, and each has a chart of its own.`,
            left.length && `Without a KL term: ${left.join(", ")}.`].filter(Boolean);
        curves.classList.toggle("is-split", kinds.length > 1);
        remark.textContent = remarks.join(" ");
        remark.hidden = !remarks.length;
        // All of them before any is drawn: each takes the width that the others leave it.
        const boxes = kinds.map(({ words }) => element("section", { className: "stack tight", "aria-label": words }, element("h3", {}, words)));
        curves.replaceChildren(...boxes);
        kinds.forEach(({ runs: alike }, index) => boxes[index].append(lossChart(state.curve, alike.flatMap((run) =>
            runCurves(run.metrics, state.curve, colour(run.id), runs.length > 1 ? `${run.name} ` : "")), boxes[index])));
    }

    function drawSettings() {
        const runs = chosen().map((id) => details.get(id)).filter((run) => run !== undefined);
        const names = [...new Set(runs.flatMap((run) => run.settings.map(({ name }) => name)))];
        const value = (/** @type {RunDetail} */ run, /** @type {string} */ name) =>
            String(run.settings.find((setting) => setting.name === name)?.value ?? "–");
        const rows = [["parameters", (run) => String(run.parameters)], ["active units", (run) => `${run.active_units ?? "…"} of ${run.latent}`],
            ...names.map((name) => [name, (/** @type {RunDetail} */ run) => value(run, name)])]
            .filter(([, words]) => new Set(runs.map(/** @type {any} */ (words))).size > 1);
        settings.replaceChildren(!rows.length ? element("p", { className: "quiet" }, "None.") : element("table", {},
            element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Setting"), ...runs.map((run) => element("th", { scope: "col" }, run.name)))),
            element("tbody", {}, ...rows.map(([name, words]) => element("tr", {}, element("th", { scope: "row" }, name),
                ...runs.map((run) => element("td", { "data-run": run.name }, /** @type {any} */ (words)(run))))))));
    }

    /** One run's map and sheet. @param {RunDetail} run */
    async function panel(run) {
        const plot = element("canvas", { className: "layer", role: "img", "aria-label": `The codes of ${run.name}` });
        const box = element("div", { className: "plot" }, plot);
        const sheet = element("canvas", { className: "pairs", role: "img", "aria-label": `Images decoded between −${REACH} and ${REACH} by ${run.name}` });
        const key = element("p", { className: "quiet" });
        const last = run.metrics[run.metrics.length - 1], words = element("p", { className: "quiet" },
            ...last ? [`Epoch ${last.epoch}: ${lossWords(last)}`,
                element("br"), kindOf(run, "loss")] : ["No epoch yet."]);
        const node = element("section", { "aria-label": run.name },
            element("h2", {}, element("span", { className: "swatch" }), run.name), words, box, sheet, key);
        node.querySelector(".swatch").style.background = colour(run.id);
        columns.append(node);
        const point = run.checkpoints.some(({ id }) => id === "last") ? "last" : run.checkpoints[0]?.id;
        if (!point) return;
        const codes = await source.codes(run.id, point);
        const plane = planeNamed("", codes, informative(codes, run.kl_per_dimension).order);
        key.textContent = `Decoded from ${plane.labels.filter(Boolean).join(" and ")} between −${REACH} and ${REACH}`
            + (run.latent > 2 ? "; the rest of each code is the nearest test image’s." : ".");
        const scatter = new Scatter(plot, new Viewport()), { x, y } = plane.places(codes);
        scatter.names = run.class_names ?? [];
        scatter.show(x, y, codes.labels);
        const redraw = () => {
            Object.assign(scatter.viewport, { width: box.clientWidth, height: box.clientHeight });
            scatter.recolour();
            scatter.fit();
            scatter.draw();
            if (images) drawSheet(sheet, images, run.image_shape, SIDE, 0, run.ink_on_paper ?? false);
        };
        /** @type {Float32Array|Uint8Array|null} */
        let images = null;
        watcher.observe(box);
        panels.set(run.id, { redraw });
        redraw();
        const z = new Float32Array(SIDE * SIDE * run.latent);
        // What a code has beyond the plane is an image's, or it would be no image's code.
        const nearest = (/** @type {[number, number]} */ [u, v]) => {
            let [best, least] = [0, Infinity];
            for (let row = 0; row < codes.count; row += 1) {
                const distance = (x[row] - u) ** 2 + (y[row] - v) ** 2;
                if (distance < least) [best, least] = [row, distance];
            }
            return codes.mean.subarray(best * run.latent, (best + 1) * run.latent);
        };
        for (let row = 0; row < SIDE; row += 1) for (let column = 0; column < SIDE; column += 1) {
            const place = /** @type {[number, number]} */ ([column, SIDE - 1 - row].map((index) => REACH * (2 * index / (SIDE - 1) - 1)));
            z.set(plane.move(nearest(place), place), (row * SIDE + column) * run.latent);
        }
        images = await source.decode(run.id, point, z);
        if (isHere) redraw();
    }

    async function refresh() {
        const mine = round += 1;
        drawChips();
        try {
            await Promise.all(chosen().map(async (id) => details.set(id, id === app.runDetail.id ? app.runDetail : await source.run(id))));
            if (!isHere || mine !== round) return;
            drawCurves();
            drawSettings();
            columns.replaceChildren();
            panels.clear();
            await Promise.all(chosen().map((id) => panel(/** @type {RunDetail} */ (details.get(id)))));
        } catch (fault) {
            app.fail(fault);
        }
    }

    /** What is told of a run once its codes are computed, or its state is another. @param {string} id */
    async function retell(id) {
        try {
            if (id !== app.runDetail.id) details.set(id, await source.run(id));
            if (isHere) drawSettings();
        } catch (fault) {
            app.fail(fault);
        }
    }

    const watcher = new ResizeObserver(() => panels.forEach(({ redraw }) => redraw()));
    const unwatch = onWidth(curves, () => { if (details.size) drawCurves(); });
    const unlisten = app.listen((type, data) => {
        if (type === "checkpoint" && chosen().includes(data.run)) refresh();
        else if (type === "run" || type === "runs") drawChips();
        if (type === "run" && chosen().includes(data.id)) retell(data.id);
    });
    let run = app.runDetail.id;
    refresh();
    return {
        /** Another run or theme. */
        update() {
            if (run === app.runDetail.id) return panels.forEach(({ redraw }) => redraw());
            run = app.runDetail.id;
            refresh();
        },
        unmount() {
            isHere = false;
            watcher.disconnect();
            unwatch();
            unlisten();
        },
    };
}
