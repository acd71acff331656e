// Runs a model's graph: what the exported page computes with. Numbers agree with the program's within 1e-4.

import { ops } from "vae/ops";

/**
 * @typedef {{layer: string, op: string, title: string, settings: Record<string, any>, inputs: number[], output: number,
 *   shape: number[]}} Node one op at work; inputs and output are values
 * @typedef {{latent: number, image_shape: number[], variational: boolean, image: number, mean: number,
 *   log_variance: number|null, epsilon: number|null, z: number, reconstruction: number, logits: boolean,
 *   terms: {name: string, value: number, weight: number}[], nodes: Node[]}} Model which values are what, the terms of the
 *   loss, and nodes, each behind those whose outputs it reads
 * @typedef {(name: string) => Float32Array} Parameters by path: "encoder/conv2d/kernel"
 * @typedef {{inputs: number[], node: Node, run: import("vae/ops").Run}} Step a node, and what it reads: in a fold, not its inputs
 */

/** A trained model. */
export class Engine {
    /** @param {Model} model @param {Parameters} parameters */
    constructor(model, parameters) {
        this.model = model;
        this.latent = model.latent;
        this.pixels = model.image_shape.reduce((a, b) => a * b, 1);
        this.steps = steps(model, parameters);
        const { image, mean, log_variance, epsilon, z, reconstruction } = model;
        const terms = model.terms.map(({ value }) => value);
        this.encoding = this.slice([mean, log_variance], [image]);
        this.decoding = this.slice([reconstruction], [z]);
        this.scoring = this.slice(terms, [image, mean, log_variance, z]);
        this.inspection = {
            image: this.slice([mean, log_variance, reconstruction, ...terms], [image, epsilon], true),
            z: this.slice([reconstruction], [z], true),
        };
    }

    /**
     * The steps that some values depend on where others are given, in order.
     * @param {(number|null)[]} wanted @param {(number|null)[]} given @param {boolean} isWhole with those that are folded into others
     */
    slice(wanted, given, isWhole = false) {
        const known = new Set([null, ...given]), needed = new Set(), slice = [];
        const need = (/** @type {number|null} */ value) => { if (!known.has(value)) needed.add(value); };
        wanted.forEach(need);
        for (const step of this.steps.toReversed()) {
            if (!needed.delete(step.node.output)) continue;
            slice.push(step);
            step.inputs.forEach(need);
            if (isWhole) step.node.inputs.forEach(need);
        }
        if (needed.size) throw new Error(`This model cannot compute ${wanted} from ${given} alone.`);
        return slice.reverse();
    }

    /** All values, with those that the steps make. @param {Step[]} steps @param {Record<number, Float32Array>} given */
    run(steps, given) {
        const values = { ...given };
        for (const { inputs, node, run } of steps) values[node.output] = run(...inputs.map((value) => values[value]));
        return values;
    }

    /** One image's code. @param {Float32Array} image */
    encode(image, values = this.run(this.encoding, { [this.model.image]: image })) {
        const { mean, log_variance } = this.model;
        return { mean: values[mean], logVariance: log_variance === null ? null : values[log_variance] };
    }

    /** Pixel means of the decoder's output. @param {Float32Array} output */
    image(output) {
        return this.model.logits ? output.map((x) => 1 / (1 + Math.exp(-x))) : output;
    }

    /** One code's image. @param {Float32Array} z */
    decode(z) {
        return this.image(this.run(this.decoding, { [this.model.z]: z })[this.model.reconstruction]);
    }

    /** The reconstruction loss of an image, and the other terms as weighted in the objective. @param {Record<number, Float32Array>} values */
    losses(values) {
        let reconstructionLoss = 0, klLoss = 0;
        for (const { name, value, weight } of this.model.terms) {
            const loss = weight * values[value][0];
            if (name === "reconstruction") reconstructionLoss += loss; else klLoss += loss;
        }
        return { reconstructionLoss, klLoss };
    }

    /** What an image comes to with z = μ. @param {Float32Array} image */
    score(image) {
        const { model } = this, { mean, logVariance } = this.encode(image);
        return this.losses(this.run(this.scoring, {
            [model.image]: image, [model.mean]: mean, [model.z]: mean,
            ...logVariance && { [Number(model.log_variance)]: logVariance },
        }));
    }

    /**
     * Every layer's output on the way from an image, or from a code.
     * @param {{image?: Float32Array, epsilon?: Float32Array|null, z?: Float32Array}} input
     */
    activations({ image, epsilon = null, z }) {
        if (!image && !z) throw new Error("Give an image or a code.");
        const { model } = this, noise = image && model.variational ? epsilon ?? new Float32Array(this.latent) : null;
        const values = image
            ? this.run(this.inspection.image, { [model.image]: image, ...noise && { [Number(model.epsilon)]: noise } })
            : this.run(this.inspection.z, { [model.z]: /** @type {Float32Array} */ (z) });
        const { mean = null, logVariance = null } = image ? this.encode(image, values) : {};
        const output = values[model.reconstruction];
        return {
            layers: this.layers(values), mean, logVariance, epsilon: noise, z: values[model.z],
            ...image ? this.losses(values) : { reconstructionLoss: null, klLoss: null },
            image: this.image(output),
        };
    }

    /** What each layer of a part makes in the end, of those that ran. @param {Record<number, Float32Array>} values @returns {import("vae/source").Layer[]} */
    layers(values) {
        const layers = new Map();
        for (const { layer, title, shape, output } of this.model.nodes) {
            const [part, ...rest] = layer.split("/");
            if (!values[output] || !rest.length) continue;
            // A layer is called by its first op: the others are its activation.
            layers.set(layer, { name: rest.join("/"), part, type: layers.get(layer)?.type ?? title, shape, values: values[output] });
        }
        return [...layers.values()];
    }
}

/** All nodes, ready to run. @param {Model} model @param {Parameters} parameters @returns {Step[]} */
function steps(model, parameters) {
    const shapes = [], makers = /** @type {Node[]} */ ([]);
    shapes[model.image] = model.image_shape;
    shapes[model.z] = shapes[model.epsilon ?? model.z] = [model.latent];
    return model.nodes.map((node) => {
        const { op, layer, settings, shape } = node, above = makers[node.inputs[0]];
        if (!ops[op]) throw new Error(`This page does not know the layer "${op}".`);
        const isFold = above && folds(above, node), inputs = isFold ? above.inputs : node.inputs;
        makers[node.output] = node;
        shapes[node.output] = shape;
        const run = ops[op]({
            settings, shape, inputs: inputs.map((value) => shapes[value]), factor: isFold ? above.settings.factor : 1,
            parameter: (name) => parameters(`${layer}/${name}`),
        });
        return { inputs, node, run };
    });
}

/** Whether an upsampling can be a part of the transposed convolution behind it. @param {Node} above @param {Node} node */
function folds(above, node) {
    return above.op === "up_sampling2d" && above.settings.interpolation !== "bilinear" && above.settings.factor <= 4
        && node.op === "conv2d_transpose" && [node.settings.stride].flat().every((stride) => stride === 1);
}
