// The pipeline: what the model does with one picture, step by step, with the numbers of this moment.

import { element, newest, number, settled } from "vae/dom";
import { Pad } from "vae/pad";
import { Dimensions } from "vae/pipeline-code";
import { Lens, Sheet } from "vae/pipeline-layers";
import { Wires } from "vae/pipeline-wires";
import { formulas, seen, steps } from "vae/pipeline-words";
import { informative } from "vae/plane";
import { rowOf, spread } from "vae/source";
import { colours } from "vae/theme";
import { drawTile, tile } from "vae/tile";

/** @typedef {import("vae/main").App} App @typedef {import("vae/source").Activations} Activations */

/** Milliseconds between one picture's coming up and the next one's. */
const pace = 55;
/** Sheets of a part at the most; the layers that only bend or level values are left out first. */
const most = 6;

/** Lines of Swift, keywords set apart. */
const swift = (/** @type {string} */ code) => element("pre", { className: "swift" }, element("code", {},
    ...code.trim().split("\n").map((line) => element("span", {},
        ...line.split(/\b(let|try)\b/).map((part, i) => i % 2 ? element("b", {}, part) : part), "\n"))));

/**
 * @param {HTMLElement} root
 * @param {App} app
 */
export function mount(root, app) {
    /** @type {ReturnType<typeof pipeline>|null} */
    let shown = null;
    let key = "";
    const build = () => {
        const now = JSON.stringify([app.state.run, app.runDetail.encoder, app.runDetail.decoder]);
        if (now !== key) {
            shown?.unmount();
            shown = pipeline(root, app);
            key = now;
        }
        shown?.update();
    };
    build();
    return { update: build, unmount: () => shown?.unmount() };
}

/** The view of one run. @param {HTMLElement} root @param {App} app */
function pipeline(root, app) {
    const { source, state, runDetail: run } = app, shape = run.image_shape, { is_variational: isVariational } = run;
    const setting = (/** @type {string} */ name) => String(run.settings.find((one) => one.name === name)?.value ?? "");
    /** Of the test images that can be chosen. @type {ArrayLike<number>} */
    let places = [];
    /** @type {import("vae/source").Codes|null} */
    let codes = null;
    /** @type {Float32Array|null} */
    let image = null;
    /** @type {Activations|null} */
    let last = null;
    let isDrawing = false, isHere = true;

    // MARK: The steps

    const input = tile(null, shape, "The input");
    const pad = new Pad(shape, run.ink_on_paper ?? false, () => { image = pad.image(); ask("follow"); });
    pad.canvas.hidden = true;
    const label = element("span", { className: "input-label" });
    /** Which of these is chosen. */
    const chosen = () => Math.max(0, Array.from(places).findIndex((place) => place >= (state.image ?? 0)));
    const pick = (/** @type {number} */ index) => {
        if (!places.length) return;
        app.setState({ image: places[(index + places.length) % places.length] });
        if (isDrawing) toggleDrawing(); else take("arrive");
    };
    const button = (/** @type {string} */ words, /** @type {() => void} */ onclick, more = {}) =>
        element("button", { type: "button", onclick, ...more }, words);
    const drawButton = button("Draw", () => toggleDrawing(), { "aria-pressed": "false" });
    const clearButton = button("Clear", () => pad.clear(), { hidden: true });
    const choosers = [
        button("‹", () => pick(chosen() - 1), { "aria-label": "Previous test image" }),
        button("Another", () => pick(Math.floor(Math.random() * places.length))),
        button("›", () => pick(chosen() + 1), { "aria-label": "Next test image" }),
    ];

    const lens = new Lens();
    /** @type {Map<string, Sheet>} */
    const sheets = new Map();
    const sheetList = (/** @type {"encoder"|"decoder"} */ part) => {
        const list = element("div", { className: "sheets" });
        const heads = ["mean", "log_variance"];
        const layers = run[part].filter((layer) =>
            !["Flatten", "Reshape", "Dropout", "Input"].includes(layer.type) && !heads.includes(layer.name));
        // The last layer of the decoder is the output.
        const all = part === "decoder" ? layers.slice(0, -1) : layers;
        const main = all.length > most ? all.filter(({ type }) => /Conv|Dense|Pool|UpSampling/.test(type)) : all;
        const shown = [...spread(most, main.length)].map((index) => main[index]);
        list.title = shown.length < all.length ? `${shown.length} of ${all.length} layers` : "";
        for (const layer of shown) {
            const sheet = new Sheet({ name: layer.name, type: layer.type, shape: layer.output_shape }, lens);
            sheets.set(`${part}/${layer.name}`, sheet);
            list.append(sheet.root);
        }
        return list;
    };
    const [encoder, decoder] = [sheetList("encoder"), sheetList("decoder")];

    const dimensions = new Dimensions(run.latent, isVariational, () => ask("follow"));
    const dice = element("div", { className: "row" },
        button("Throw ε", () => { dimensions.throwAll(); ask("throw"); }, { className: "main" }),
        button("ε = 0", () => { dimensions.throwAll(true); ask("throw"); }));

    const output = tile(null, shape, "The output"), difference = element("canvas", { className: "tile", "aria-hidden": "true" });
    [difference.height, difference.width] = shape;
    const weight = setting("divergence") === "mean" && run.latent > 1 ? ` / ${run.latent}` : "";
    const beta = ["", "1", "1.0"].includes(setting("beta")) ? "" : `${setting("beta")} · `;
    const terms = [
        { name: "reconstruction_loss", formula: formulas[setting("likelihood")] ?? "−ln p(x|z)" },
        ...isVariational ? [{ name: "kl_loss", formula: `${beta}½ Σ (μ² + σ² − 1 − ln σ²)${weight}` }] : [],
        { name: "loss", formula: "" },
    ].map((term) => ({ ...term, value: element("dd") }));
    const bar = element("div", { className: "loss-bar", "aria-hidden": "true" }, element("i"), element("i"));
    const losses = element("dl", { className: "terms" }, ...terms.flatMap(({ name, formula, value }) =>
        [element("dt", {}, name, formula && element("span", {}, formula)), value]));

    const step = (/** @type {string} */ place, /** @type {keyof typeof steps} */ name, /** @type {any[]} */ ...visual) => {
        const { title, words, code } = name === "input" && !run.ink_on_paper ? seen(shape, steps.input) : steps[name];
        return element("section", { className: `step step-${place}`, "aria-labelledby": `step-${place}` },
            element("header", {}, element("h2", { id: `step-${place}` }, title), element("p", {}, words)),
            swift(code), element("div", { className: "step-body" }, ...visual));
    };
    const body = (/** @type {any[]} */ ...children) => element("div", { className: "stack tight" }, ...children);
    const stage = element("div", { className: `pipe ${isVariational ? "" : "is-plain"}` });
    const wires = new Wires(stage);
    const curves = body(dimensions.curves, dimensions.more);
    const draws = body(dimensions.draws, isVariational && dice);
    stage.append(wires.root,
        step("input", "input", body(element("div", { className: "picture" }, input, pad.canvas), label,
            element("div", { className: "row" }, ...choosers), element("div", { className: "row" }, drawButton, clearButton))),
        step("encoder", "encoder", encoder),
        step("code", isVariational ? "code" : "point", curves),
        step("sample", isVariational ? "sample" : "zero", draws),
        step("decoder", "decoder", decoder),
        step("output", isVariational ? "output" : "plain",
            element("div", { className: "outputs" },
                element("figure", {}, output, element("figcaption", {}, "output x̂")),
                element("figure", {}, difference, element("figcaption", {}, "x̂ − x"))), bar, losses),
        lens.root);
    root.append(stage);

    // MARK: What flows

    const flow = () => wires.draw([
        [isDrawing ? pad.canvas : input, ...encoder.querySelectorAll("canvas"), dimensions.curves],
        [dimensions.draws, ...decoder.querySelectorAll("canvas"), output],
    ], /** @type {HTMLElement} */ (stage.querySelector(".step-sample")));
    const watcher = new ResizeObserver(flow);
    for (const node of [stage, dimensions.curves, dimensions.draws, ...stage.querySelectorAll(".step-body")]) watcher.observe(node);

    /** @param {"arrive"|"throw"|"follow"|"still"} motion what is new: the picture, the draw, or what is being moved */
    const ask = newest(async (/** @type {"arrive"|"throw"|"follow"|"still"} */ motion) => {
        if (!image) return blank();
        try {
            const epsilon = isVariational ? { epsilon: dimensions.epsilon.slice() } : {};
            const answer = await source.activations(state.run, state.checkpoint, { image, ...epsilon });
            if (isHere) show(answer, motion);
        } catch (fault) {
            app.fail(fault);
        }
    });

    /** @param {Activations} answer @param {string} motion */
    function show(answer, motion) {
        if (!image) return;
        last = answer;
        if (!isDrawing) drawTile(input, image, shape);
        for (const layer of answer.layers) sheets.get(`${layer.part}/${layer.name}`)?.show(layer.values);
        const { mean, log_variance, z } = answer;
        if (mean) dimensions.show({ mean, log_variance, z });
        drawTile(output, answer.image, shape);
        drawDifference(answer.image);
        const [reconstruction, kl] = [answer.reconstruction_loss ?? 0, answer.kl_loss ?? 0], loss = reconstruction + kl;
        terms.forEach(({ name, value }) => {
            value.textContent = number({ reconstruction_loss: reconstruction, kl_loss: kl }[name] ?? loss);
        });
        bar.children[0].style.flexGrow = String(Math.max(0, reconstruction));
        bar.children[1].style.flexGrow = String(Math.max(0, kl));
        say(reconstruction, kl);
        if (motion === "follow" || motion === "still") return;
        const firsts = [...encoder.children].length + 1, isThrow = motion === "throw";
        [...sheets.values()].forEach((sheet, i) => { if (!isThrow || i >= firsts - 1) sheet.arrive((isThrow ? i - firsts + 1 : i) * pace); });
        wires.pulse(isThrow ? firsts : 0, pace);
    }

    const say = settled(600, (/** @type {number} */ reconstruction, /** @type {number} */ kl) => app.announce(
        `Loss ${number(reconstruction + kl)}` + (isVariational ? `: reconstruction ${number(reconstruction)}, KL ${number(kl)}.` : ".")));

    function drawDifference(/** @type {Float32Array} */ made) {
        const context = difference.getContext("2d"), pixels = context.createImageData(shape[1], shape[0]);
        const { opposite: tooMuch, accent: tooLittle } = colours();
        for (let at = 0; at < shape[0] * shape[1]; at += 1) {
            let sum = 0;
            for (let c = 0; c < shape[2]; c += 1) sum += made[at * shape[2] + c] - (image?.[at * shape[2] + c] ?? 0);
            pixels.data.set(sum > 0 ? tooMuch : tooLittle, at * 4);
            pixels.data[at * 4 + 3] = 255 * Math.min(1, Math.abs(sum / shape[2])) ** 0.8;
        }
        context.putImageData(pixels, 0, 0);
    }

    function blank() {
        for (const canvas of [output, difference]) canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
        for (const sheet of sheets.values()) sheet.show(new Float32Array(sheet.values.length));
        for (const { value } of terms) value.textContent = "–";
    }

    function toggleDrawing() {
        isDrawing = !isDrawing;
        drawButton.setAttribute("aria-pressed", String(isDrawing));
        input.hidden = isDrawing;
        clearButton.hidden = pad.canvas.hidden = !isDrawing;
        label.textContent = isDrawing ? "Draw here." : "";
        if (isDrawing) { pad.draw(); image = pad.image(); ask("follow"); pad.canvas.focus(); } else take("arrive");
        flow();
    }

    /** Takes the chosen test image in. */
    const take = newest(async (/** @type {"arrive"|"still"} */ motion) => {
        try {
            if (!codes) {
                [places, codes] = await Promise.all([source.places(state.run), source.codes(state.run, state.checkpoint)]);
                dimensions.arrange(informative(codes, run.kl_per_dimension).order);
            }
            const place = places[chosen()] ?? 0, picture = await source.image(state.run, place);
            if (!isHere || isDrawing || !picture) return;
            image = Float32Array.from(picture.pixels, (value) => value / 255);
            const mark = codes.labels?.[rowOf(codes, place)] ?? -1;
            label.textContent = `Test image ${place}` + (mark < 0 ? "" : `: ${run.class_names?.[mark] ?? mark}`);
            label.title = picture.name ?? "";
            ask(motion);
        } catch (fault) {
            app.fail(fault);
        }
    });

    return {
        /** Another checkpoint, theme or image. */
        update() {
            flow();
            if (isDrawing) { pad.draw(); ask("still"); } else take(last ? "still" : "arrive");
        },
        unmount() {
            isHere = false;
            watcher.disconnect();
            root.replaceChildren();
        },
    };
}
