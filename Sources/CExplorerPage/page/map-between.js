// The panel between anchors: the straight way and the spherical one, a walk along it, and arithmetic on codes.

import { calm, download, element, newest } from "vae/dom";
import { colours, css } from "vae/theme";
import { drawSheet, drawTile, tile } from "vae/tile";
import { hasGreatCircle, spherical, straight } from "vae/way";

const STEPS = 9;
const NAMES = "ABCDEFGH";
const WAYS = /** @type {const} */ ([["straight", "straight", straight], ["spherical", "spherical, along a great circle", spherical]]);

/** @param {import("vae/map").MapView} map @returns {import("vae/map").Panel} */
export function betweenPanel(map) {
    const { app } = map;
    const shape = app.runDetail.image_shape;
    const list = element("ol", { className: "anchors", "aria-label": "Anchors" });
    const hint = element("p", { className: "quiet" }, "Pin two places of the map (button, or P on the keyboard): the pictures between them appear here, as the code goes from one to the other.");
    const sheets = WAYS.map(([id, words]) => ({ id, words, canvas: element("canvas", { role: "img", className: "tile", "aria-label": `Pictures between the anchors, ${words}` }) }));
    const chosen = element("select", {}, ...WAYS.map(([id]) => element("option", { value: id }, id)));
    const scrub = element("input", { type: "range", min: "0", max: "1", step: "0.002", value: "0", "aria-label": "Place on the way",
        oninput: () => { stop(); map.setProbe(way()(Number(scrub.value))); } });
    const play = element("button", { type: "button", className: "main", onclick: () => (halt ? stop() : start()) }, "Play");
    const save = element("button", { type: "button", onclick: () => savePicture() }, "Save PNG");
    const remark = element("p", { className: "quiet", role: "status" });
    const paths = element("section", { className: "stack" },
        ...sheets.map(({ words, canvas }) => element("div", { className: "path" }, element("div", { className: "path-name" }, words), canvas)), remark,
        element("div", { className: "player" }, play, scrub, element("label", { className: "pick" }, element("span", { className: "unseen" }, "Way"), chosen)),
        element("div", { className: "row" }, save));
    const sum = arithmetic(map);
    const root = element("div", {}, element("div", { className: "stack" },
        element("div", { className: "row" }, element("button", { type: "button", onclick: () => map.pin() }, "Pin the probe"),
            element("button", { type: "button", onclick: () => setAnchors([]) }, "Clear")), list, hint, paths, sum.root));

    /** @type {(() => void)|null} */
    let halt = null;
    /** Along all anchors. @param {(a: ArrayLike<number>, b: ArrayLike<number>, t: number) => Float32Array} [between] */
    const way = (between = WAYS.find(([id]) => id === chosen.value)?.[2] ?? straight) => (/** @type {number} */ t) => {
        const { anchors } = app.state;
        const leg = Math.min(anchors.length - 2, Math.floor(t * (anchors.length - 1)));
        return between(anchors[leg], anchors[leg + 1], t * (anchors.length - 1) - leg);
    };
    const stop = () => {
        halt?.();
        halt = null;
        play.textContent = "Play";
    };
    const start = () => {
        play.textContent = "Stop";
        halt = map.walk(way(), (t) => {
            scrub.value = String(t);
            if (t === 1) stop();
        }, (calm() ? 4000 : 2600) * (app.state.anchors.length - 1));
    };
    const setAnchors = (/** @type {number[][]} */ anchors) => {
        stop();
        app.setState({ anchors });
        update();
        map.redraw("overlay");
    };

    const fill = newest(async () => {
        const { anchors } = app.state;
        if (!map.codes || anchors.some((anchor) => anchor.length !== map.codes?.latent) || !anchors.length) return;
        const total = 1 + (anchors.length - 1) * (STEPS - 1);
        const rows = anchors.map((anchor) => Float32Array.from(anchor));
        if (anchors.length > 1) for (const [, , between] of WAYS)
            for (let index = 0; index < total; index += 1) rows.push(way(between)(index / (total - 1)));
        const latent = rows[0].length;
        const z = new Float32Array(rows.length * latent);
        rows.forEach((row, index) => z.set(row, index * latent));
        try {
            const images = await map.decode(z);
            const size = images.length / rows.length;
            list.querySelectorAll("canvas").forEach((/** @type {HTMLCanvasElement} */ canvas, /** @type {number} */ index) => {
                if (index < anchors.length) drawTile(canvas, images.subarray(index * size, (index + 1) * size), shape);
            });
            if (anchors.length > 1) sheets.forEach(({ canvas }, which) => {
                const begin = (anchors.length + which * total) * size;
                drawSheet(canvas, images.subarray(begin, begin + total * size), shape, anchors.length === 2 ? STEPS : Math.min(total, 2 * STEPS - 1));
            });
        } catch (fault) {
            app.fail(fault);
        }
    });

    const savePicture = () => {
        const [first] = sheets;
        const [scale, gap] = [4, 12];
        const canvas = element("canvas", { width: first.canvas.width * scale, height: 2 * first.canvas.height * scale + gap });
        const context = canvas.getContext("2d");
        context.fillStyle = css(colours().paper);
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.imageSmoothingEnabled = false;
        sheets.forEach((sheet, index) => context.drawImage(sheet.canvas, 0, index * (sheet.canvas.height * scale + gap), canvas.width, sheet.canvas.height * scale));
        canvas.toBlob((/** @type {Blob|null} */ blob) => blob && download(blob, "interpolation.png"), "image/png");
    };

    map.overlays.set("between", (context, at) => {
        const { anchors } = app.state;
        const { ink, paper, accent } = colours();
        context.lineJoin = "round";
        if (anchors.length > 1) for (const [id, , between] of WAYS) {
            context.beginPath();
            for (let index = 0; index <= 24 * (anchors.length - 1); index += 1) context.lineTo(...at(way(between)(index / (24 * (anchors.length - 1)))));
            context.setLineDash([]);
            context.lineWidth = 4;
            context.strokeStyle = css(paper, 0.8);
            context.stroke();
            context.setLineDash(id === "spherical" ? [2, 5] : []);
            context.lineWidth = 2;
            context.strokeStyle = css(accent);
            context.stroke();
        }
        context.setLineDash([]);
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.font = "650 12px ui-sans-serif, system-ui, sans-serif";
        anchors.forEach((anchor, index) => {
            const [x, y] = at(anchor);
            context.beginPath();
            context.arc(x, y, 10, 0, 2 * Math.PI);
            context.fillStyle = css(ink);
            context.fill();
            context.lineWidth = 2;
            context.strokeStyle = css(paper);
            context.stroke();
            context.fillStyle = css(paper);
            context.fillText(NAMES[index], x, y + 0.5);
        });
        context.textBaseline = "alphabetic";
    });

    const update = () => {
        const { anchors } = app.state;
        paths.hidden = anchors.length < 2;
        const without = anchors.slice(1).flatMap((anchor, leg) =>
            (hasGreatCircle(anchors[leg], anchor) ? [] : [`${NAMES[leg]} to ${NAMES[leg + 1]}`]));
        remark.hidden = !without.length;
        remark.textContent = `Straight in both rows: ${without.join(", ")}. No great circle leads to a code on the opposite side, or through zero.`;
        hint.hidden = anchors.length > 1;
        list.hidden = !anchors.length;
        list.replaceChildren(...anchors.map((anchor, index) => element("li", {},
            element("button", { type: "button", "aria-label": `Go to ${NAMES[index]}`, onclick: () => map.setProbe(anchor) }, tile(null, shape)), NAMES[index],
            element("button", { type: "button", className: "drop", "aria-label": `Remove ${NAMES[index]}`,
                onclick: () => setAnchors(anchors.filter((_, other) => other !== index)) }, "×"))));
        sum.update();
        fill(undefined);
    };
    return { root, update, unmount: stop };
}

/** A − B + C, on codes. @param {import("vae/map").MapView} map */
function arithmetic(map) {
    const { app } = map;
    const shape = app.runDetail.image_shape;
    const parts = [0, 1, 2].map((part) => ({
        canvas: tile(null, shape, `Term ${part + 1}`),
        select: element("select", { "aria-label": `Term ${part + 1}`, onchange: () => compute(undefined) }),
    }));
    const result = tile(null, shape, "The result");
    /** @type {Float32Array|null} */
    let code = null;
    const go = element("button", { type: "button", "aria-label": "Move the probe to the result", onclick: () => code && map.setProbe(code) }, "Go");
    const root = element("section", { className: "card" }, element("h2", {}, "Arithmetic on codes"),
        element("p", { className: "quiet" }, "From the first code, what makes the second is taken away, and what makes the third is added: directions in latent space have a meaning, if a blurred one."),
        element("div", { className: "sum" }, ...parts.flatMap(({ canvas, select }, index) => [element("div", {}, canvas, select), element("span", {}, "−+="[index])]),
            element("div", {}, result, go)));
    const compute = newest(async () => {
        const { anchors } = app.state;
        const chosen = parts.map(({ select }) => anchors[Number(select.value)]);
        if (chosen.some((anchor) => !anchor)) return;
        const [a, b, c] = chosen;
        code = Float32Array.from(a, (value, index) => value - b[index] + c[index]);
        const z = new Float32Array(4 * code.length);
        [a, b, c, code].forEach((row, index) => z.set(row, index * row.length));
        try {
            const images = await map.decode(z);
            [...parts.map(({ canvas }) => canvas), result].forEach((canvas, index) =>
                drawTile(canvas, images.subarray((index * images.length) / 4, ((index + 1) * images.length) / 4), shape));
        } catch (fault) {
            app.fail(fault);
        }
    });
    return {
        root,
        update() {
            const { anchors } = app.state;
            root.hidden = anchors.length < 3;
            parts.forEach(({ select }, part) => {
                const before = select.value || String(part);
                select.replaceChildren(...anchors.map((_, index) => element("option", { value: String(index) }, NAMES[index])));
                select.value = Number(before) < anchors.length ? before : String(Math.min(part, anchors.length - 1));
            });
            if (!root.hidden) compute(undefined);
        },
    };
}
