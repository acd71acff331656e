// The panel to draw on, or to drop a picture: where it lands, what comes back, how unlikely it is.

import { element, newest, number } from "vae/dom";
import { Pad, pictureFile, smallEnough } from "vae/pad";
import { colours, css } from "vae/theme";
import { drawTile, tile } from "vae/tile";

/** @param {import("vae/map").MapView} map @returns {import("vae/map").Panel} */
export function drawPanel(map) {
    const { app } = map;
    const shape = app.runDetail.image_shape;
    const isInk = app.runDetail.ink_on_paper ?? false;
    const prompt = isInk ? "Draw one of what the model was trained on, and watch where it lands."
        : "Drop a picture here, or draw one, and watch where it lands.";
    const pad = new Pad(shape, isInk, () => judge(undefined));
    const [seen, returned] = [tile(null, shape, "What the model sees"), tile(null, shape, "What it gives back")];
    const verdict = element("p", {}, prompt);
    const needle = element("i", {});
    const meter = element("div", { className: "meter", "aria-hidden": "true" }, needle);
    const facts = element("dl", { className: "facts" });
    const answer = element("section", { className: "stack tight", hidden: true }, meter, facts);
    const file = element("input", { type: "file", accept: "image/*", className: "unseen", tabIndex: -1, "aria-label": "A picture file",
        onchange: () => { if (file.files?.[0]) take(file.files[0]); file.value = ""; } });
    const box = element("div", { className: "pad" }, pad.canvas, element("div", { className: "pad-side" },
        element("figure", {}, seen, element("figcaption", {}, "as the model sees it")),
        element("figure", {}, returned, element("figcaption", {}, "what comes back"))));
    const root = element("div", {}, element("div", { className: "stack" }, box,
        element("div", { className: "row" }, element("button", { type: "button", onclick: () => pad.clear() }, "Clear"),
            element("button", { type: "button", onclick: () => pad.undo() }, "Undo"),
            element("button", { type: "button", onclick: () => file.click() }, "Picture file …"), file), verdict, answer,
        element("p", { className: "quiet" }, isInk
            ? "A file can be dropped here too. Like the training images, a drawing is cut to its strokes, made bright on black, scaled, and centred by mass."
            : app.source.prepare ? "A picture file becomes an image as the training pictures did."
                : "A picture file is cut to the largest part from its middle, and scaled.")));

    /** @type {{ mean: Float32Array, logVariance: Float32Array|null }|null} */
    let code = null;
    const judge = newest(async () => {
        const image = pad.image();
        if (!image || !map.codes) {
            code = null;
            answer.hidden = true;
            verdict.textContent = pad.isEmpty ? prompt : "There are no strokes to see in this picture.";
            for (const canvas of [seen, returned]) canvas.getContext("2d")?.clearRect(0, 0, shape[1], shape[0]);
            return map.redraw("overlay");
        }
        drawTile(seen, image, shape);
        const { run, checkpoint } = app.state;
        try {
            code = await app.source.encode(run, checkpoint, image);
            map.setProbe(code.mean);
            map.redraw("overlay");
            drawTile(returned, await map.decode(code.mean), shape);
            const score = await app.source.score(run, checkpoint, image);
            const percentile = score.percentile[0];
            answer.hidden = false;
            needle.style.left = `${percentile}%`;
            const share = Math.min(99.9, percentile);
            verdict.textContent = percentile > 99 ? "Stranger to this model than nearly every test image. It was trained on nothing like it."
                : percentile > 90 ? `Unusual: ${number(share, 0)} % of the test images fit the model better.`
                    : `Usual: ${number(100 - share, 0)} % of the test images fit the model worse.`;
            const entries = [["reconstruction loss", number(score.reconstructionLoss[0])], ["KL divergence", code.logVariance && number(score.klLoss[0])],
                ["loss", number(score.loss[0])], ["test images that fit better", `${number(percentile, 1)} %`]];
            facts.replaceChildren(...entries.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
        } catch (fault) {
            app.fail(fault);
        }
    });

    const take = async (/** @type {Blob} */ blob) => {
        try {
            const { run, checkpoint } = app.state, picture = await pictureFile(blob);
            pad.show(picture, isInk ? null : await app.source.prepare?.(run, checkpoint, await smallEnough(blob)) ?? null);
            app.announce("Picture taken.");
        } catch (fault) {
            app.fail(fault);
        }
    };
    root.addEventListener("dragover", (/** @type {DragEvent} */ event) => { event.preventDefault(); root.classList.add("drop-here"); });
    root.addEventListener("dragleave", () => root.classList.remove("drop-here"));
    root.addEventListener("drop", (/** @type {DragEvent} */ event) => {
        event.preventDefault();
        root.classList.remove("drop-here");
        const [dropped] = event.dataTransfer?.files ?? [];
        if (dropped) take(dropped);
    });

    // The cloud of the drawing: two standard deviations around its mean.
    map.overlays.set("draw", (context, at) => {
        if (!code?.logVariance || root.hidden || !map.plane || map.plane.directions.length < 2 || code.mean.length !== map.codes?.latent) return;
        const { mean, logVariance } = code;
        const [x, y] = at(mean);
        const [wide, high] = map.plane.directions.map((direction) =>
            2 * map.viewport.scale * Math.sqrt(direction.reduce((sum, value, axis) => sum + value * value * Math.exp(logVariance[axis]), 0)));
        context.beginPath();
        context.ellipse(x, y, wide, high, 0, 0, 2 * Math.PI);
        context.fillStyle = css(colours().accent, 0.16);
        context.fill();
        context.lineWidth = 1.5;
        context.strokeStyle = css(colours().accent);
        context.stroke();
    });
    return { root, update() { pad.draw(); judge(undefined); } };
}
