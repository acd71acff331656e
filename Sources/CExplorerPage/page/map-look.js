// The panel that looks: what the probe decodes to, its values, its neighbours, and the test image under the mouse.

import { element, newest, number, settled } from "vae/dom";
import { subscript } from "vae/plane";
import { rowOf } from "vae/source";
import { drawTile, tile } from "vae/tile";

/** @typedef {import("vae/map").MapView} MapView */

const NEIGHBORS = 8;

/** @param {MapView} map @returns {import("vae/map").Panel} */
export function lookPanel(map) {
    const { app } = map;
    const shape = app.runDetail.image_shape;
    const picture = tile(null, shape, "What the decoder makes of the probe's place");
    const facts = element("dl", { className: "facts" });
    const words = element("p", { className: "quiet" });
    const held = element("p", { className: "quiet" });
    const sliders = element("div", { className: "sliders", role: "group", "aria-label": "A slider for each latent dimension" });
    const slidersBox = element("section", { className: "stack tight" }, element("h2", {}, "Dimensions, the most informative first"), held, sliders);
    const kind = app.source.neighborKind;
    const neighbors = element("div", { className: "tiles" });
    const neighborsBox = element("section", { className: "stack tight" }, element("h2", {}, `Nearest ${kind} images`), neighbors);
    const card = imageCard(map);
    const root = element("div", {}, element("div", { className: "stack" },
        element("div", { className: "here" }, picture, element("div", { className: "stack tight" }, facts, words,
            element("div", { className: "row" }, element("button", { type: "button", onclick: () => map.pin() }, "Pin here"),
                element("button", { type: "button", onclick: () => map.setProbe(new Float32Array(map.probe.length)) }, "To zero")))),
        slidersBox, card.root, neighborsBox));

    /** Of which code and weights the neighbours are. */
    let shown = "";
    const wanted = () => `${map.loaded} ${[...map.cursor]}`;
    const askNeighbors = newest(async () => {
        if (!map.codes || root.hidden || !isSeen || map.cursor.length !== map.codes.latent || shown === wanted()) return;
        const { run, checkpoint } = app.state;
        const asked = wanted();
        if (!neighbors.childElementCount) neighbors.replaceChildren(element("p", { className: "quiet wide" }, "Looking for them …"));
        try {
            const found = await app.source.neighbors(run, checkpoint, map.cursor.slice(), NEIGHBORS);
            neighbors.replaceChildren(...found.map(({ index, label, name: file, distance, pixels }) => {
                const name = label === null || label < 0 ? "" : map.scatter.nameOf(label);
                const words = [`${kind} image ${index}`, name && `class ${name}`, file].filter(Boolean).join(", ");
                return element("figure", { title: `${words}, at a distance of ${number(distance, 3)}` },
                    tile(pixels, shape, `A near ${kind} image, ${index}`), element("figcaption", {}, name || `#${index}`));
            }));
            neighborsBox.hidden = !found.length;
            shown = asked;
            date();
        } catch (fault) {
            // A run without its training images has no neighbours to show, and that is no fault of the person's.
            neighborsBox.hidden = true;
            if (/** @type {any} */ (fault).status === 0) app.fail(fault);
        }
    });
    const rest = settled(160, () => askNeighbors(undefined));
    /** Neighbours of another place are dimmed until those of this one are there. */
    const date = () => {
        const isStale = shown !== wanted();
        neighbors.classList.toggle("is-stale", isStale);
        neighbors.setAttribute("aria-busy", String(isStale));
        if (isStale) rest();
    };
    // The first answer takes the codes of all training images: it is asked for when somebody can see it.
    let isSeen = false;
    const eye = new IntersectionObserver((entries) => {
        isSeen = entries[entries.length - 1].isIntersecting;
        if (isSeen) date();
    });
    eye.observe(neighborsBox);

    /** @type {{ axis: number, input: HTMLInputElement, output: HTMLElement }[]} */
    let rows = [];
    const buildSliders = () => {
        const { codes, dimensions } = map;
        if (!codes || !dimensions) return;
        slidersBox.hidden = codes.latent < 3;
        if (slidersBox.hidden) return sliders.replaceChildren();
        const names = map.plane?.directions.length && map.plane.name !== "pca" ? map.plane.labels.join(" and ") : "two principal components";
        held.textContent = `The map shows ${names}; as one points at it, the rest of the code stays as it stands here. A click on a mark takes that image’s whole code.`;
        rows = dimensions.order.map((axis) => {
            const output = element("output", {});
            let far = 4;
            for (let at = axis; at < codes.mean.length; at += codes.latent) far = Math.max(far, Math.abs(codes.mean[at]));
            const input = element("input", {
                type: "range", min: -Math.ceil(far), max: Math.ceil(far), step: "0.01", "aria-label": `Dimension ${axis}`,
                oninput: (/** @type {Event} */ event) => {
                    const z = Float32Array.from(map.probe);
                    z[axis] = Number(input.value);
                    map.setProbe(z, event.timeStamp);
                },
            });
            return { axis, input, output };
        });
        sliders.replaceChildren(...rows.flatMap(({ axis, input, output }) => {
            const isDead = dimensions.dead[axis];
            return [element("span", { className: isDead ? "is-dead" : "" }, subscript(axis)), input, output,
                element("span", { className: `digits${isDead ? " is-dead" : ""}`, title: isDead ? "Tells nothing of an image" : "" },
                    isDead ? "dead" : `${number(dimensions.weight[axis])}${codes.logVariance ? " nat" : ""}`)];
        }));
    };
    const moved = () => {
        for (const { axis, input, output } of rows) {
            input.value = String(map.probe[axis]);
            output.textContent = number(map.probe[axis]);
        }
        date();
    };
    const pointed = () => {
        const { cursor } = map;
        if (map.picture) drawTile(picture, map.picture, shape);
        const radius = Math.hypot(...cursor);
        const shown = cursor.length <= 3 ? [...cursor].map((value, axis) => [subscript(axis), number(value)]) : [];
        facts.replaceChildren(...[...shown, ["distance from 0", number(radius)]].flatMap(([name, value]) =>
            [element("dt", {}, name), element("dd", {}, value)]));
        words.textContent = app.runDetail.is_variational ? farther(radius, cursor.length)
            : "A plain autoencoder has no prior: between its codes, anything may come out.";
        card.show();
        date();
    };
    return { root, moved, pointed, update() { buildSliders(); moved(); pointed(); }, unmount: () => eye.disconnect() };
}

/** How many codes of the prior lie farther out, by Wilson and Hilferty's normal form of the χ² law. @param {number} radius @param {number} latent */
function farther(radius, latent) {
    const spread = 2 / (9 * latent);
    const deviation = (Math.cbrt((radius * radius) / latent) - (1 - spread)) / Math.sqrt(spread);
    // A logistic stands for the normal law: within a percent.
    const share = 100 / (1 + Math.exp(1.5976 * deviation + 0.07056 * deviation ** 3));
    const text = share < 1 ? "fewer than 1 %" : share > 99 ? "more than 99 %" : `${Math.round(share)} %`;
    return `Of codes thrown from the prior N(0, 1), ${text} lie farther out.`;
}

/** The card of a test image. @param {MapView} map */
function imageCard(map) {
    const shape = map.app.runDetail.image_shape;
    const [original, reconstruction] = [tile(null, shape, "The test image"), tile(null, shape, "Its reconstruction")];
    const title = element("h2", {});
    const facts = element("dl", { className: "facts" }), file = element("p", { className: "quiet file" });
    const field = element("input", {
        type: "number", min: "0", step: "1", "aria-label": "Number of a test image",
        onchange: () => {
            const { codes } = map;
            if (codes) map.take(rowOf(codes, Math.min(codes.total - 1, Math.max(0, Math.round(Number(field.value)) || 0))));
        },
    });
    const prompt = element("p", { className: "quiet" }, "Point at a mark, or give a number: the image, what the model makes of it, and its code.");
    const body = element("div", { className: "card-body" }, element("div", { className: "pair" },
        element("figure", {}, original, element("figcaption", {}, "original")),
        element("figure", {}, reconstruction, element("figcaption", {}, "reconstruction"))), facts);
    const help = element("details", {}, element("summary", {}, "What are μ, σ and KL?"), element("p", { className: "quiet" },
        "The encoder answers with a cloud, not a point. μ (the mean) is its middle and the image's place on this map; σ (the standard deviation) is how wide it is, "
        + "so how sure the model is. The KL divergence is the price of the code: how far that cloud is from the prior N(0, 1), in nats. "
        + "Missed (the reconstruction loss) is what the decoder's picture lacks of the original. Training makes the sum of the two, the loss, small."));
    const bring = newest(async (/** @type {number} */ index) => {
        try {
            const picture = await map.app.source.image(map.app.state.run, map.placeOf(index));
            if (index !== shown) return;
            original.classList.remove("is-stale");
            original.classList.toggle("is-missing", !picture);
            file.textContent = picture ? picture.name ?? "" : "This page does not hold its picture.";
            if (picture) drawTile(original, picture.pixels, shape);
        } catch (fault) {
            map.app.fail(fault);
        }
    });
    let shown = -2;
    /** @type {string|number} */
    let shownKey = -2;
    const show = () => {
        const { codes, pointed: index } = map;
        if (!codes) return;
        const isNone = index < 0;
        for (const canvas of [original, reconstruction]) {
            canvas.classList.toggle("is-missing", isNone);
            if (isNone) canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
        }
        if (map.reconstruction) drawTile(reconstruction, map.reconstruction, shape);
        const key = isNone ? index : `${map.loaded} ${index}`;
        if (key === shownKey) return;
        [shown, shownKey] = [index, key];
        title.textContent = isNone ? "A test image" : `Test image ${map.placeOf(index)}`;
        if (isNone) file.textContent = "";
        if (!isNone) {
            if (document.activeElement !== field) field.value = String(map.placeOf(index));
            original.classList.add("is-stale");
            bring(index);
        }
        const { latent, labels, logVariance } = codes;
        const axes = (map.dimensions?.order ?? []).slice(0, latent > 3 ? 2 : 3).sort((a, b) => a - b);
        const list = (/** @type {(axis: number) => number} */ value) => axes.map((axis) => number(value(axis))).join(" ") + (latent > 3 ? " …" : "");
        // Without an image the same lines stand empty, so that nothing moves when one is pointed at.
        /** @type {[string, any, () => string][]} */
        const entries = [
            ["label", labels, () => (labels && labels[index] >= 0 ? map.scatter.nameOf(labels[index]) : "–")],
            ["μ", true, () => list((axis) => codes.mean[index * latent + axis])],
            ["σ", logVariance, () => list((axis) => Math.exp((logVariance?.[index * latent + axis] ?? 0) / 2))],
            ["missed", true, () => number(codes.reconstructionLoss[index])],
            ["KL", logVariance, () => number(codes.klLoss[index])],
            ["loss", true, () => number(codes.reconstructionLoss[index] + codes.klLoss[index])],
        ];
        facts.replaceChildren(...entries.filter(([, isThere]) => isThere).flatMap(([name, , value]) =>
            [element("dt", {}, name), element("dd", { title: name === "label" && !isNone && value() }, isNone ? "–" : value())]));
    };
    return { root: element("section", { className: "card" }, element("div", { className: "card-head" }, title,
        element("label", { className: "pick" }, "№", field)), file, prompt, body, help), show: () => { if (map.codes) show(); } };
}
