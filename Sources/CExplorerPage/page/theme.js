// Colours for canvases: what the style sheet says now, as numbers.

/** @typedef {[number, number, number]} RGB red, green and blue, 0–255 */

/** @type {{ ink: RGB, paper: RGB, line: RGB, accent: RGB, opposite: RGB, muted: RGB, classes: RGB[] } | null} */
let known = null;

/** The style sheet's colours under the present theme; `colourOf` says which is a class's. */
export function colours() {
    if (known) return known;
    const probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
    const read = (/** @type {string} */ name) => {
        probe.style.color = `var(${name})`;
        const [red, green, blue] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? ["0", "0", "0"]).map(Number);
        return /** @type {RGB} */ ([red, green, blue]);
    };
    known = {
        ink: read("--ink"), paper: read("--paper"), line: read("--line"), accent: read("--accent"),
        opposite: read("--opposite"), muted: read("--muted"), classes: Array.from({ length: 10 }, (_, index) => read(`--class-${index}`)),
    };
    probe.remove();
    return known;
}

/** A class's colour: behind the tenth, each shape that comes again has another one. @param {number} label */
export const colourOf = (label) => colours().classes[(label + 3 * Math.floor(label / 10)) % 10];

/** CSS's words for a colour. */
export const css = (/** @type {RGB} */ colour, alpha = 1) => `rgb(${colour.join(" ")} / ${alpha})`;

/** @returns {boolean} whether the page is dark now */
export const isDark = () => colours().paper[0] < 128;

/**
 * Lets the button turn between light and dark; until it is pressed the system's choice holds.
 * @param {HTMLElement} button
 * @param {() => void} onChange
 */
export function themeSwitch(button, onChange) {
    const root = document.documentElement;
    const label = () => button.setAttribute("aria-label", isDark() ? "Use the light theme" : "Use the dark theme");
    const changed = () => { known = null; label(); onChange(); };
    try {
        const stored = localStorage.getItem("theme");
        if (stored === "dark" || stored === "light") root.dataset.theme = stored;
    } catch { /* A page from a file may have no storage; then the choice lasts as long as the page. */ }
    button.addEventListener("click", () => {
        root.dataset.theme = isDark() ? "light" : "dark";
        try { localStorage.setItem("theme", root.dataset.theme); } catch { /* as above */ }
        changed();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
    label();
}
