// The shell: chooses the source, keeps the state, and mounts one view at a time.

import { element } from "vae/dom";
import { readState, writeState } from "vae/state";
import { RemoteSource } from "vae/source";
import { themeSwitch } from "vae/theme";
import { endWords, progressWords } from "vae/progress";
import { drawAsInk } from "vae/tile";

/**
 * What a view gets.
 * @typedef {object} App
 * @property {import("vae/source").Source} source
 * @property {import("vae/state").State} state
 * @property {(patch: Partial<import("vae/state").State>) => void} setState keeps it and puts it into the URL; a change
 *   of view, run or checkpoint reaches the view by `update()`, other changes are known to the view that made them
 * @property {import("vae/source").RunDetail} runDetail of the chosen run
 * @property {import("vae/source").RunSummary[]} runs all of them, newest known state
 * @property {(text: string) => void} announce says it to a screen reader, politely
 * @property {(fault: unknown) => void} fail shows a fault to the person in words
 * @property {(listener: (type: string, data: any) => void) => (() => void)} listen to how runs stand and what happens in them
 */

/** @typedef {{ update: () => void, unmount: () => void }} View */

/** @type {Record<string, () => Promise<{ mount: (root: HTMLElement, app: App) => View }>>} */
const VIEWS = {
    map: () => import("vae/map"), pipeline: () => import("vae/pipeline"),
    training: () => import("vae/training"), compare: () => import("vae/compare"),
};

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const root = /** @type {HTMLElement} */ ($("view"));
const isEmbedded = document.getElementById("embedded-run") !== null;

/** @type {Set<(type: string, data: any) => void>} */
const listeners = new Set();
/** @type {View | null} */
let view = null;
let mounted = "";
let saving = 0;
/** Milliseconds without an answer after which the page no longer speaks of a server that will come back. */
const PATIENCE = 20_000;
let [isLost, losing] = [false, 0];
/** Runs that trained while this page was open: it says how that ended. @type {Set<string>} */
const trained = new Set();
/** Where trainings stand within an epoch, by run. @type {Map<string, import("vae/source").Progress>} */
const steps = new Map();
let isFollowing = false;

/** @type {App} */
const app = {
    source: isEmbedded ? await embeddedSource() : new RemoteSource(),
    state: readState(location.hash), runDetail: /** @type {any} */ (null), runs: [], setState, announce, fail,
    listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
    },
};

/** @returns {Promise<import("vae/source").Source>} */
async function embeddedSource() {
    const { EmbeddedSource } = await import("vae/embedded");
    return new EmbeddedSource();
}

/** @param {Partial<import("vae/state").State>} patch */
function setState(patch) {
    const before = { ...app.state };
    Object.assign(app.state, patch);
    const isPlace = ["view", "run", "checkpoint"].some((name) => /** @type {any} */ (before)[name] !== /** @type {any} */ (app.state)[name]);
    clearTimeout(saving);
    if (isPlace) {
        history.pushState(null, "", writeState(app.state));
        show();
    } else saving = window.setTimeout(() => history.replaceState(null, "", writeState(app.state)), 250);
}

/** @param {string} text */
function announce(text) {
    $("live").textContent = text;
}

/** @param {unknown} fault */
function fail(fault) {
    const status = /** @type {any} */ (fault)?.status;
    if (status === 0 && !$("banner").hidden) return;
    $("notice-words").textContent = fault instanceof Error ? fault.message : String(fault);
    $("notice").hidden = false;
    if (!(fault instanceof Error) || status === undefined) console.error(fault);
}

/** Brings the page to what the state says. */
async function show() {
    const { state } = app;
    if (!Object.hasOwn(VIEWS, state.view)) state.view = "map";
    try {
        const readable = app.runs.filter((run) => run.state !== "unreadable");
        if (!readable.some((run) => run.id === state.run)) state.run = readable[0]?.id ?? "";
        head();
        if (!state.run) return empty();
        if (app.runDetail?.id !== state.run) {
            const isFirst = app.runDetail === null;
            app.runDetail = await app.source.run(state.run);
            drawAsInk(app.runDetail.ink_on_paper ?? false);
            Object.assign(state, fitting(state, isFirst));
        }
        if (!app.runDetail.checkpoints.some(({ id }) => id === state.checkpoint)) state.checkpoint = app.runDetail.checkpoints[0]?.id ?? "last";
        head();
        if (!app.runDetail.checkpoints.length && ["map", "pipeline"].includes(state.view)) return waiting();
        if (mounted === state.view) return view?.update();
        const { mount } = await VIEWS[state.view]();
        if (state.view !== app.state.view) return;
        view?.unmount();
        root.replaceChildren();
        root.className = `view view-${state.view}`;
        mounted = state.view;
        view = mount(root, app);
    } catch (fault) {
        fail(fault);
    }
}

/**
 * What of a state made for one run does not fit another. What came with the page's link stays, as far as it fits.
 * @param {import("vae/state").State} state
 * @param {boolean} isFirst
 */
function fitting(state, isFirst) {
    const fits = (/** @type {number[]|null} */ z) => z?.length === app.runDetail.latent;
    const kept = { z: fits(state.z) ? state.z : null, anchors: state.anchors.filter(fits) };
    return isFirst ? kept : { ...kept, z: null, plane: "", centre: null, zoom: null };
}

/** The bar over the views. */
function head() {
    const { state, runDetail } = app;
    for (const link of document.querySelectorAll("[data-view]")) {
        const isHere = /** @type {HTMLElement} */ (link).dataset.view === state.view;
        if (isHere) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
    }
    options($("run"), app.runs.map((run) => ({
        id: run.id, disabled: run.state === "unreadable",
        words: run.state === "finished" ? run.name : `${run.name} (${run.state})`,
    })), state.run);
    options($("checkpoint"), (runDetail?.id === state.run ? runDetail.checkpoints : []).map(({ id, epoch }) => ({
        id, disabled: false, words: /^epoch/.test(id) ? `epoch ${epoch}` : `${id} · epoch ${epoch}`,
    })), state.checkpoint);
    stand();
    document.title = runDetail ? `${runDetail.name} · latent explorer` : "Latent explorer";
}

/** How the chosen run trains, in the bar. */
function stand() {
    const { runDetail } = app, isHere = runDetail?.id === app.state.run;
    if (isHere && !isEmbedded && runDetail.state === "training") trained.add(runDetail.id);
    $("progress").hidden = !isHere || !trained.has(runDetail.id);
    if ($("progress").hidden) return;
    $("progress").textContent = progressWords(runDetail, isLost, steps.get(runDetail.id));
    $("progress").classList.toggle("is-live", runDetail.state === "training" && !isLost);
}

/** @param {HTMLSelectElement} select @param {{ id: string, words: string, disabled: boolean }[]} entries @param {string} chosen */
function options(select, entries, chosen) {
    const key = JSON.stringify(entries);
    if (select.dataset.entries !== key) {
        select.dataset.entries = key;
        select.replaceChildren(...entries.map(({ id, words, disabled }) => element("option", { value: id, disabled }, words)));
    }
    select.value = chosen;
}

/** Words in place of a view. @param {string} title @param {...(Node|string)} words */
function instead(title, ...words) {
    view?.unmount();
    [view, mounted] = [null, ""];
    root.className = "view view-empty";
    root.replaceChildren(element("div", { className: "empty" }, element("h2", {}, title), ...words));
}

function empty() {
    instead("No run to explore yet", element("p", {}, "Train one with "),
        element("pre", {}, element("code", {}, "vae train --epochs 2 --out runs/quick")), element("p", {}, "It appears here by itself."),
        ...app.runs.map((run) => element("p", { className: "quiet" }, `${run.name}: ${run.problem ?? run.state}`)));
}

/** A run without weights. */
function waiting() {
    const { name, state } = app.runDetail;
    instead(`${name} has no weights yet`, element("p", {}, state === "training"
        ? "Its first epoch is under way; this view appears when it is done." : `It is ${state}, and no checkpoint was written.`));
}

/** @param {string} type @param {any} data */
function tell(type, data) {
    for (const listener of listeners) listener(type, data);
}

/** How all runs stand: what each stream of events begins with. @param {import("vae/source").RunSummary[]} runs */
async function begun(runs) {
    app.runs = runs;
    for (const { id, state } of runs) if (state !== "training") steps.delete(id);
    if (!app.state.run) return show();
    const { runDetail } = app, now = runs.find(({ id }) => id === runDetail?.id);
    if (now && (now.state !== runDetail.state || now.epochs_done !== runDetail.epochs_done)) {
        try { Object.assign(runDetail, await app.source.run(now.id)); } catch (fault) { fail(fault); }
        show();
    }
    head();
    tell("runs", { runs });
}

/** @param {import("vae/source").EventType} type @param {any} data */
async function happened(type, data) {
    if (type === "runs") return begun(data.runs);
    if (type === "progress") {
        steps.set(data.run, data);
        return stand();
    }
    if (type === "run") {
        if (data.state !== "training") steps.delete(data.id);
        const known = app.runs.findIndex((run) => run.id === data.id);
        if (known < 0) app.runs.push(data);
        else app.runs[known] = data;
        if (!app.state.run) return show();
    }
    const id = data.run ?? data.id;
    if (id === app.state.run && app.runDetail?.id === id) {
        try { Object.assign(app.runDetail, await app.source.run(id)); } catch (fault) { fail(fault); }
    }
    head();
    tell(type, data);
    // What the view shows was made by weights that are no longer these, or waits for the first ones.
    if (type === "checkpoint" && id === app.state.run && (!view || data.checkpoint === app.state.checkpoint)) show();
}

async function begin() {
    try {
        app.runs = await app.source.runs();
        isFollowing = true;
        app.source.events?.(happened);
        await show();
    } catch (fault) {
        fail(fault);
    }
}

app.source.watchConnection?.((isReachable) => {
    isLost = !isReachable;
    if (isLost) steps.clear();
    $("banner").hidden = isReachable;
    clearTimeout(losing);
    const isOver = app.runDetail?.state === "finished" && trained.has(app.runDetail.id);
    const say = (/** @type {string} */ words, hasEnded = false) => {
        $("banner-words").textContent = words;
        $("again").hidden = !hasEnded;
        announce(words);
    };
    if (isLost) {
        if (isOver) say(endWords(app.runDetail), true);
        else say("The server does not answer. Trying again …");
        losing = window.setTimeout(() => say(endWords(app.runDetail), true), PATIENCE);
    } else {
        $("notice").hidden = true;
        announce("The server is back.");
        if (!isFollowing) return begin();
        show();
    }
    head();
});
$("again").addEventListener("click", () => app.source.runs().catch(() => {}));
window.addEventListener("popstate", () => {
    Object.assign(app.state, readState(location.hash));
    show();
});
for (const link of document.querySelectorAll("[data-view]"))
    link.addEventListener("click", (event) => {
        event.preventDefault();
        setState({ view: /** @type {HTMLElement} */ (link).dataset.view });
    });
$("skip").addEventListener("click", (/** @type {Event} */ event) => {
    event.preventDefault();
    root.focus();
});
$("run").addEventListener("change", () => setState({ run: $("run").value, checkpoint: "last" }));
$("checkpoint").addEventListener("change", () => setState({ checkpoint: $("checkpoint").value }));
$("notice-close").addEventListener("click", () => { $("notice").hidden = true; });
for (const part of document.querySelectorAll("[data-served]")) /** @type {HTMLElement} */ (part).hidden = isEmbedded;
themeSwitch($("theme"), () => view?.update());
await begin();
