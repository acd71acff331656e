// What the page shows, in the URL's fragment: a link brings it back.

/**
 * @typedef {object} State
 * @property {string} view "map", "pipeline", "training" or "compare"
 * @property {string} run
 * @property {string} checkpoint
 * @property {number[]|null} z the probe
 * @property {string} plane "0,1": two dimensions, or "pca"
 * @property {number[]|null} centre of the map, in the plane
 * @property {number|null} zoom pixels for one unit
 * @property {number[]} hidden classes
 * @property {boolean} grid decoded lattice behind the map
 * @property {string} marks "auto", "points" or "density"
 * @property {string} panel of the map
 * @property {number[][]} anchors
 * @property {number|null} image a test image's number
 * @property {string} curve "loss", "reconstruction_loss" or "kl_loss"
 * @property {string[]} runs that are compared
 */

/** @type {State} */
const DEFAULTS = {
    view: "map", run: "", checkpoint: "last", z: null, plane: "", centre: null, zoom: null, hidden: [], grid: false,
    marks: "auto", panel: "look", anchors: [], image: null, curve: "loss", runs: [],
};

const numbers = (/** @type {string} */ text) => {
    const values = text.split(",").map(Number);
    return values.every(Number.isFinite) && text ? values : null;
};
const short = (/** @type {number[]} */ values) => values.map((value) => Number(value.toFixed(3))).join(",");

/** @type {Record<string, [(value: any) => string, (text: string) => any]>} how each entry is written and read */
const FORMS = {
    z: [short, numbers],
    centre: [short, (text) => (numbers(text)?.length === 2 ? numbers(text) : null)],
    zoom: [(value) => value.toFixed(1), (text) => (Number(text) > 0 && Number(text) < 1e6 ? Number(text) : null)],
    hidden: [(value) => value.join(","), (text) => numbers(text) ?? []],
    grid: [() => "on", (text) => text === "on"],
    anchors: [(value) => value.map(short).join(";"), (text) => text.split(";").map(numbers).filter(Boolean)],
    image: [String, (text) => (/^\d+$/.test(text) ? Number(text) : null)],
    runs: [(value) => value.map(encodeURIComponent).join(","), (text) => text.split(",").map(decodeURIComponent)],
};

/** @param {string} fragment @returns {State} */
export function readState(fragment) {
    const state = /** @type {any} */ (structuredClone(DEFAULTS));
    for (const [name, text] of new URLSearchParams(fragment.replace(/^#/, ""))) {
        if (!(name in DEFAULTS)) continue;
        try {
            state[name] = FORMS[name] ? FORMS[name][1](text) : text;
        } catch { /* A fragment that is no encoding of ours says nothing. */ }
    }
    return state;
}

/** @param {State} state @returns {string} a fragment with what differs from the beginning */
export function writeState(state) {
    const parts = new URLSearchParams();
    for (const [name, value] of Object.entries(state)) {
        const isDefault = JSON.stringify(value) === JSON.stringify(/** @type {any} */ (DEFAULTS)[name]);
        if (!isDefault || name === "view") parts.set(name, FORMS[name] ? FORMS[name][0](value) : value);
    }
    return `#${parts.toString().replaceAll("%2C", ",").replaceAll("%3B", ";")}`;
}
