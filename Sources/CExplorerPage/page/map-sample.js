// The panel of random samples: codes thrown from the prior, and what they decode to.

import { element, newest, number } from "vae/dom";
import { colours, css } from "vae/theme";
import { drawTile, tile } from "vae/tile";

const COUNT = 36;

/** Two Gaussian numbers at a time, by Box and Muller. @param {number} length */
function gaussian(length) {
    const values = new Float32Array(length);
    for (let index = 0; index < length; index += 2) {
        const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
        const angle = 2 * Math.PI * Math.random();
        values[index] = radius * Math.cos(angle);
        if (index + 1 < length) values[index + 1] = radius * Math.sin(angle);
    }
    return values;
}

/** @param {import("vae/map").MapView} map @returns {import("vae/map").Panel} */
export function samplePanel(map) {
    const { app } = map;
    const shape = app.runDetail.image_shape;
    let z = new Float32Array(0);
    const tiles = Array.from({ length: COUNT }, (_, index) => {
        const canvas = tile(null, shape);
        return { canvas, button: element("button", { type: "button", "aria-label": `Sample ${index + 1}: move the probe there`, onclick: () => map.setProbe(row(index)) }, canvas) };
    });
    const row = (/** @type {number} */ index) => z.subarray((index * z.length) / COUNT, ((index + 1) * z.length) / COUNT);
    const words = element("p", { className: "quiet" });
    const root = element("div", {}, element("div", { className: "stack" },
        element("div", { className: "row" }, element("button", { type: "button", className: "main", onclick: () => { z = new Float32Array(0); update(); } }, "Throw again")),
        element("div", { className: "tiles" }, ...tiles.map(({ button }) => button)), words));
    const fill = newest(async () => {
        try {
            const images = await map.decode(z);
            const size = images.length / COUNT;
            tiles.forEach(({ canvas, button }, index) => {
                drawTile(canvas, images.subarray(index * size, (index + 1) * size), shape);
                button.title = [...row(index)].slice(0, 4).map((value) => number(value)).join(", ");
            });
        } catch (fault) {
            app.fail(fault);
        }
    });
    const update = () => {
        if (root.hidden || !map.codes) return;
        const { latent } = map.codes;
        if (z.length !== COUNT * latent) z = gaussian(COUNT * latent);
        words.textContent = app.runDetail.is_variational
            ? "Each picture is a code thrown from the prior N(0, 1) and decoded; nothing of the data went in. The KL term made the codes fill the prior, so most places give something."
            : "A plain autoencoder never learned where its codes should lie: codes thrown from N(0, 1) mostly miss them. Compare it with a VAE.";
        map.redraw("overlay");
        fill(undefined);
    };
    map.overlays.set("sample", (context, at) => {
        if (root.hidden || !z.length || z.length !== COUNT * (map.codes?.latent ?? 0)) return;
        const { accent, paper } = colours();
        for (let index = 0; index < COUNT; index += 1) {
            context.beginPath();
            context.arc(...at(row(index)), 4, 0, 2 * Math.PI);
            context.lineWidth = 2;
            context.fillStyle = css(paper);
            context.strokeStyle = css(accent);
            context.fill();
            context.stroke();
        }
    });
    return { root, update };
}
