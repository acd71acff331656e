// Elements without a framework. Words go in as text nodes only: no name out of a run can become markup.

/**
 * Makes an element: `element("button", { type: "button", onclick: run }, "Go")`.
 * @param {string} tag
 * @param {Record<string, any>} [settings] properties, attributes and `on…` listeners; null and false are left out
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any}
 */
export function element(tag, settings = {}, ...children) {
    return fill(document.createElement(tag), settings, children);
}

/**
 * The same for SVG.
 * @param {string} tag
 * @param {Record<string, any>} [settings]
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any}
 */
export function svg(tag, settings = {}, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), settings, children);
}

/** @param {any} node @param {Record<string, any>} settings @param {any[]} children */
function fill(node, settings, children) {
    for (const [name, value] of Object.entries(settings)) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else if (node instanceof HTMLElement && name in node && name !== "list") node[name] = value;
        else node.setAttribute(name, value === true ? "" : String(value));
    }
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return node;
}

/**
 * Runs `work` on the newest argument only, one at a time: what arrives while it runs replaces what waits.
 * @template T
 * @param {(argument: T) => Promise<void>} work
 * @returns {(argument: T) => void}
 */
export function newest(work) {
    /** @type {{ argument: T } | null} */
    let waiting = null;
    let running = false;
    const run = async () => {
        running = true;
        while (waiting) {
            const { argument } = waiting;
            waiting = null;
            await work(argument);
        }
        running = false;
    };
    return (argument) => {
        waiting = { argument };
        if (!running) run();
    };
}

/**
 * Calls `work` once things have been quiet for a while.
 * @param {number} milliseconds
 * @param {(...values: any[]) => void} work
 */
export function settled(milliseconds, work) {
    let timer = 0;
    return (/** @type {any[]} */ ...values) => {
        clearTimeout(timer);
        timer = window.setTimeout(() => work(...values), milliseconds);
    };
}

/** A number as a person reads it: a true minus, `digits` decimals. */
export function number(/** @type {number} */ value, digits = 2) {
    if (!Number.isFinite(value)) return "–";
    const text = Math.abs(value).toFixed(digits);
    return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** A count with thin spaces between thousands. */
export const count = (/** @type {number} */ value) => String(value).replace(/\B(?=(\d{3})+$)/g, " ");

/**
 * Calls `work` whenever an element has another width; returns what ends that.
 * @param {HTMLElement} node
 * @param {() => void} work
 */
export function onWidth(node, work) {
    let known = node.clientWidth;
    const watcher = new ResizeObserver(() => {
        if (node.clientWidth === known) return;
        known = node.clientWidth;
        work();
    });
    watcher.observe(node);
    return () => watcher.disconnect();
}

/** Pixels that stand for one of an ordinary screen: on a large one the style sheet makes all letters larger. */
export const unit = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** Whether the person asked for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Offers bytes as a download.
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
    const link = element("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * A list of tabs with arrow keys, as ARIA's pattern has it.
 * @param {string} label
 * @param {{ id: string, label: string, panel: HTMLElement }[]} tabs
 * @param {string} chosen
 * @param {(id: string) => void} onChoose
 * @returns {{ list: HTMLElement, choose: (id: string) => void }}
 */
export function tabList(label, tabs, chosen, onChoose) {
    const buttons = tabs.map(({ id, label: words, panel }) => {
        panel.setAttribute("role", "tabpanel");
        panel.id = `panel-${id}`;
        panel.setAttribute("aria-labelledby", `tab-${id}`);
        return element("button", {
            type: "button", role: "tab", id: `tab-${id}`, "aria-controls": panel.id, onclick: () => pick(id),
        }, words);
    });
    const choose = (/** @type {string} */ id) => tabs.forEach((tab, index) => {
        const on = tab.id === id;
        buttons[index].setAttribute("aria-selected", String(on));
        buttons[index].tabIndex = on ? 0 : -1;
        tab.panel.hidden = !on;
    });
    const pick = (/** @type {string} */ id) => { choose(id); onChoose(id); };
    const list = element("div", { role: "tablist", "aria-label": label, className: "tabs" }, ...buttons);
    list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.length, End: tabs.length }[event.key];
        if (!step) return;
        const now = buttons.indexOf(document.activeElement);
        const next = Math.abs(step) > 1 ? (step > 0 ? tabs.length - 1 : 0) : (now + step + tabs.length) % tabs.length;
        buttons[next].focus();
        pick(tabs[next].id);
        event.preventDefault();
    });
    choose(tabs.some((tab) => tab.id === chosen) ? chosen : tabs[0].id);
    return { list, choose };
}
