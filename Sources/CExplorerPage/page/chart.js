// Loss curves: an SVG with few lines, drawn anew when an epoch comes.

import { element, number, svg, unit } from "vae/dom";

/**
 * One curve.
 * @typedef {{ name: string, colour: string, dashed?: boolean, points: [number, number][] }} Curve points: epoch, value
 */

const HEIGHT = 250;
/** How narrow and wide a chart is drawn; beyond, it is enlarged as a whole. */
const [NARROWEST, WIDEST] = [280, 720];
const MARGIN = { left: 46, right: 12, top: 10, bottom: 28 };

/** Round steps for about `wanted` ticks. */
function ticks(/** @type {number} */ from, /** @type {number} */ to, wanted = 5) {
    const rough = (to - from) / wanted || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
    const values = [];
    for (let index = Math.ceil(from / step - 1e-9); index * step <= to + 1e-9 * step; index += 1) values.push(index * step);
    return { values, digits: Math.max(0, -Math.floor(Math.log10(step))) };
}

/**
 * Curves over epochs, with a legend and a table for who cannot see them.
 * @param {string} label what is drawn
 * @param {Curve[]} curves
 * @param {HTMLElement} box where it will stand
 * @param {number} [now] an epoch that is marked
 * @returns {HTMLElement}
 */
export function lossChart(label, curves, box, now) {
    const shown = curves.map((curve) => ({ ...curve, points: curve.points.filter(([, value]) => Number.isFinite(value)) }))
        .filter(({ points }) => points.length);
    if (!shown.length) return element("p", { className: "quiet" }, "No epoch is done yet.");
    const epochs = shown.flatMap(({ points }) => points.map(([epoch]) => epoch));
    const last = Math.max(2, ...epochs);
    const width = Math.max(NARROWEST, Math.min(WIDEST, box.clientWidth / unit() || WIDEST));
    const [low, high] = range(shown);
    const padding = 0.06 * (high - low), [bottom, top] = [low - padding, high + padding];
    const x = (/** @type {number} */ epoch) => MARGIN.left + (width - MARGIN.left - MARGIN.right) * (epoch - 1) / (last - 1);
    const y = (/** @type {number} */ value) =>
        HEIGHT - MARGIN.bottom - (HEIGHT - MARGIN.top - MARGIN.bottom) * (Math.min(value, top) - bottom) / (top - bottom);
    const [across, up] = [ticks(1, last, width / 70), ticks(bottom, top, 7)];
    const peak = shown.flatMap(({ points }) => points).filter(([, value]) => value > top).sort(([, one], [, other]) => other - one)[0];
    const line = ({ points }) => `M${points.map(([epoch, value]) => `${x(epoch).toFixed(1)} ${y(value).toFixed(1)}`).join("L")}`;
    const picture = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": `${label} by epoch. A table follows.` },
        ...up.values.flatMap((value) => [
            svg("line", { class: "grid-line", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
            svg("text", { x: MARGIN.left - 8, y: y(value) + 4, "text-anchor": "end" }, number(value, up.digits))]),
        ...across.values.filter(Number.isInteger).map((epoch) =>
            svg("text", { x: x(epoch), y: HEIGHT - 8, "text-anchor": "middle" }, String(epoch))),
        now !== undefined && svg("line", { class: "now", x1: x(now), x2: x(now), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
        ...shown.map((curve) => curve.points.length > 1
            ? svg("path", { d: line(curve), stroke: curve.colour, class: curve.dashed ? "is-dashed" : null })
            : svg("circle", { cx: x(curve.points[0][0]), cy: y(curve.points[0][1]), r: 3, fill: curve.colour })),
        peak && svg("text", { x: width - MARGIN.right - 6, y: MARGIN.top + 9, "text-anchor": "end" }, `↑ ${number(peak[1])} in epoch ${peak[0]}`));
    const keys = element("div", { className: "chart-keys" }, ...shown.map(({ name, colour, dashed, points }) =>
        element("span", {}, svg("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" }, svg("line", {
            x1: 0, x2: 24, y1: 4, y2: 4, stroke: colour, "stroke-width": 2.4, "stroke-dasharray": dashed ? "5 4" : null,
        })), `${name} ${number(points[points.length - 1][1])}`)));
    return element("div", { className: "chart-box" }, picture, keys, table(label, shown));
}

/**
 * The lowest and the highest value that a chart shows. Only a start so steep that it would flatten the rest, in the
 * first twentieth of a curve, is cut: at twice the range of the later values above them.
 * @param {Curve[]} curves
 */
function range(curves) {
    const all = curves.flatMap(({ points }) => points.map(([, value]) => value));
    const later = curves.flatMap(({ points }) => points.slice(1 + Math.floor(points.length / 20)).map(([, value]) => value));
    const [low, most] = [Math.min(...all), Math.max(...later)];
    const high = later.length && most > Math.min(...later) ? Math.min(Math.max(...all), most + 2 * (most - Math.min(...later))) : Math.max(...all);
    return [low, Math.max(high, low + 1e-6)];
}

/** The same numbers in words, out of sight. @param {string} label @param {Curve[]} curves */
function table(label, curves) {
    const epochs = [...new Set(curves.flatMap(({ points }) => points.map(([epoch]) => epoch)))].sort((a, b) => a - b);
    const cell = (/** @type {Curve} */ { points }, /** @type {number} */ epoch) => points.find(([at]) => at === epoch)?.[1];
    return element("div", { className: "unseen" }, element("table", {}, element("caption", {}, label),
        element("thead", {}, element("tr", {}, element("th", {}, "Epoch"), ...curves.map(({ name }) => element("th", {}, name)))),
        element("tbody", {}, ...epochs.map((epoch) => element("tr", {}, element("th", {}, String(epoch)),
            ...curves.map((curve) => element("td", {}, number(cell(curve, epoch) ?? NaN))))))));
}

/** What a chart can show: names as the log has them. */
export const quantities = ["loss", "reconstruction_loss", "kl_loss"];

/**
 * Training and validation of one quantity.
 * @param {import("vae/source").EpochMetrics[]} metrics
 * @param {string} quantity
 * @param {string} colour
 * @param {string} [prefix] the run's name, where there are several
 * @returns {Curve[]}
 */
export function runCurves(metrics, quantity, colour, prefix = "") {
    const points = (/** @type {string} */ name) =>
        metrics.map((epoch) => /** @type {[number, number]} */ ([epoch.epoch, /** @type {any} */ (epoch)[name] ?? NaN]));
    return [
        { name: `${prefix}${quantity}`, colour, points: points(quantity) },
        { name: `${prefix}val_${quantity}`, colour, dashed: true, points: points(`val_${quantity}`) },
    ];
}

/** Chooses what a chart shows. @param {string} chosen @param {(quantity: string) => void} onChoose */
export function quantityPicker(chosen, onChoose) {
    const select = element("select", { onchange: () => onChoose(select.value) },
        ...quantities.map((name) => element("option", { value: name }, name)));
    select.value = chosen;
    return element("label", { className: "pick" }, "Show ", select);
}
