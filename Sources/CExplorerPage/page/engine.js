// The model in plain JavaScript: what the exported page computes with. Numbers agree with the program's within 1e-4.
// Every multiplication is one matrix product over float64, which JavaScript engines run fastest; images are NHWC.

/**
 * @typedef {{layer: string, units?: number, filters?: number, kernelHeight?: number, kernelWidth?: number,
 *   strideHeight?: number, strideWidth?: number, padding?: "valid"|"same", activation?: string, function?: string,
 *   height?: number, width?: number, factor?: number, shape?: number[]}} LayerSettings as in a run's config.json
 * @typedef {{name: string, imageShape: number[], latent: number, isVariational: boolean, encoder: LayerSettings[],
 *   decoder: LayerSettings[]}} Architecture
 * @typedef {{beta: number, divergence: "sum"|"mean", likelihood: Record<string, {variance?: number}>}} Objective
 * @typedef {{name: string, part: "encoder"|"decoder", type: string, shape: number[], values: Float32Array}} LayerOutput
 * @typedef {(name: string) => Float32Array} Parameters by path: "encoder/conv2d/kernel"
 */

/** @type {Record<string, (x: Float32Array) => void>} In place. */
const activations = {
    linear() {},
    relu(x) { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0; },
    sigmoid(x) { for (let i = 0; i < x.length; i++) x[i] = 1 / (1 + Math.exp(-x[i])); },
};

const product = (/** @type {number[]} */ shape) => shape.reduce((a, b) => a * b, 1);

/** A matrix [rows, columns] in panels of four columns, each [rows, 4]: read in order by `multiply`. */
class Panels {
    /** @param {(row: number, column: number) => number} value */
    constructor(rows, columns, value) {
        this.rows = rows;
        this.columns = columns;
        this.values = new Float64Array(rows * Math.ceil(columns / 4) * 4);
        for (let c = 0; c < columns; c++) {
            const panel = (c >> 2) * rows * 4 + (c & 3);
            for (let r = 0; r < rows; r++) this.values[panel + r * 4] = value(r, c);
        }
    }
}

/**
 * out [count, columns] = a [count, rows] · b, two rows and four columns at a time.
 * @param {Float64Array} a @param {Panels} b @param {Float64Array} out
 */
function multiply(a, count, b, out) {
    const { rows, columns, values } = b;
    for (let c = 0; c < columns; c += 4) {
        const panel = c * rows, width = Math.min(4, columns - c);
        for (let i = 0; i < count; i += 2) {
            // The last row of an odd number is computed twice.
            const first = i * rows, second = i + 1 < count ? first + rows : first;
            let p0 = 0, p1 = 0, p2 = 0, p3 = 0, q0 = 0, q1 = 0, q2 = 0, q3 = 0;
            for (let k = 0, w = panel; k < rows; k++, w += 4) {
                const p = a[first + k], q = a[second + k];
                const w0 = values[w], w1 = values[w + 1], w2 = values[w + 2], w3 = values[w + 3];
                p0 += p * w0; p1 += p * w1; p2 += p * w2; p3 += p * w3;
                q0 += q * w0; q1 += q * w1; q2 += q * w2; q3 += q * w3;
            }
            const to = i * columns + c;
            out[to] = p0;
            if (width > 1) out[to + 1] = p1;
            if (width > 2) out[to + 2] = p2;
            if (width > 3) out[to + 3] = p3;
            if (second === first) continue;
            const below = to + columns;
            out[below] = q0;
            if (width > 1) out[below + 1] = q1;
            if (width > 2) out[below + 2] = q2;
            if (width > 3) out[below + 3] = q3;
        }
    }
}

/** @typedef {{shape: number[], run: (x: Float32Array) => Float32Array}} Step what a layer computes, and its output's shape */

/** @type {Record<string, (layer: LayerSettings, input: number[], parameter: Parameters) => Step>} */
const builders = {
    Dense(layer, input, parameter) {
        const kernel = parameter("kernel"), bias = parameter("bias"), units = layer.units ?? 0;
        const panels = new Panels(input[0], units, (r, c) => kernel[r * units + c]);
        const sums = new Float64Array(units);
        return { shape: [units], run: (x) => {
            multiply(Float64Array.from(x), 1, panels, sums);
            return finish(sums, bias, layer.activation);
        } };
    },

    Conv2D(layer, [height, width, channels], parameter) {
        const { filters: f = 0, kernelHeight: kh = 1, kernelWidth: kw = 1, strideHeight: sh = 1, strideWidth: sw = 1 } = layer;
        const kernel = parameter("kernel"), bias = parameter("bias");
        const [rows, top] = window(height, kh, sh, layer.padding), [columns, left] = window(width, kw, sw, layer.padding);
        const panels = new Panels(kh * kw * channels, f, (r, c) => kernel[r * f + c]);
        const patches = new Float64Array(rows * columns * panels.rows), sums = new Float64Array(rows * columns * f);
        return { shape: [rows, columns, f], run: (x) => {
            patches.fill(0);
            let to = 0;
            for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
                for (let i = 0; i < kh; i++) for (let j = 0; j < kw; j++, to += channels) {
                    const y = row * sh + i - top, z = column * sw + j - left;
                    if (y < 0 || y >= height || z < 0 || z >= width) continue;
                    for (let c = 0, from = (y * width + z) * channels; c < channels; c++) patches[to + c] = x[from + c];
                }
            }
            multiply(patches, rows * columns, panels, sums);
            return finish(sums, bias, layer.activation);
        } };
    },

    Conv2DTranspose(layer, input, parameter) {
        return transposed(layer, input, parameter, 1);
    },

    MaxPooling2D({ height: h = 2, width: w = 2 }, [height, width, channels]) {
        const shape = [Math.floor(height / h), Math.floor(width / w), channels];
        return { shape, run: (x) => {
            const out = new Float32Array(product(shape)).fill(-Infinity);
            for (let y = 0; y < shape[0] * h; y++) for (let z = 0; z < shape[1] * w; z++) {
                const from = (y * width + z) * channels;
                const to = (Math.floor(y / h) * shape[1] + Math.floor(z / w)) * channels;
                for (let c = 0; c < channels; c++) out[to + c] = Math.max(out[to + c], x[from + c]);
            }
            return out;
        } };
    },

    UpSampling2D({ factor = 2 }, [height, width, channels]) {
        const shape = [height * factor, width * factor, channels];
        return { shape, run: (x) => {
            const out = new Float32Array(product(shape));
            for (let y = 0, to = 0; y < shape[0]; y++) for (let z = 0; z < shape[1]; z++, to += channels) {
                const from = (Math.floor(y / factor) * width + Math.floor(z / factor)) * channels;
                for (let c = 0; c < channels; c++) out[to + c] = x[from + c];
            }
            return out;
        } };
    },

    Activation: (layer, input) => ({ shape: input, run: (x) => activated(x.slice(), layer.function) }),
    Flatten: (_, input) => ({ shape: [product(input)], run: (x) => x }),
    Reshape: (layer, input) => ({ shape: layer.shape ?? input, run: (x) => x }),
};

/**
 * A transposed convolution, with an upsampling of its input by `factor` folded into the kernel: k×k behind a factor f
 * is (k + f − 1)×(k + f − 1) of stride f, the kernel added at all f² shifts.
 * @param {LayerSettings} layer @param {number[]} input @param {Parameters} parameter @returns {Step}
 */
function transposed(layer, [height, width, channels], parameter, factor) {
    const { filters: f = 0, padding } = layer;
    const kernel = parameter("kernel"), bias = parameter("bias");
    const kh = (layer.kernelHeight ?? 1) + factor - 1, kw = (layer.kernelWidth ?? 1) + factor - 1;
    const sh = (layer.strideHeight ?? 1) * factor, sw = (layer.strideWidth ?? 1) * factor;
    const [tall, wide] = [layer.kernelHeight ?? 1, layer.kernelWidth ?? 1];
    // Kernel [height, width, out, in].
    const panels = new Panels(channels, kh * kw * f, (r, c) => {
        const filter = c % f, i = Math.floor(c / (kw * f)), j = Math.floor(c / f) % kw;
        let sum = 0;
        for (let y = Math.max(0, i - factor + 1); y <= Math.min(i, tall - 1); y++) {
            for (let x = Math.max(0, j - factor + 1); x <= Math.min(j, wide - 1); x++) {
                sum += kernel[((y * wide + x) * f + filter) * channels + r];
            }
        }
        return sum;
    });
    const same = padding === "same";
    const rows = same ? height * sh : (height - 1) * sh + Math.max(kh, sh), top = same ? Math.max(kh - sh, 0) >> 1 : 0;
    const columns = same ? width * sw : (width - 1) * sw + Math.max(kw, sw), left = same ? Math.max(kw - sw, 0) >> 1 : 0;
    const taps = new Float64Array(height * width * panels.columns), sums = new Float64Array(rows * columns * f);
    return { shape: [rows, columns, f], run: (x) => {
        multiply(Float64Array.from(x), height * width, panels, taps);
        sums.fill(0);
        let from = 0;
        for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) {
            for (let i = 0; i < kh; i++) for (let j = 0; j < kw; j++, from += f) {
                const y = row * sh + i - top, z = column * sw + j - left;
                if (y < 0 || y >= rows || z < 0 || z >= columns) continue;
                for (let c = 0, to = (y * columns + z) * f; c < f; c++) sums[to + c] += taps[from + c];
            }
        }
        return finish(sums, bias, layer.activation);
    } };
}

/** Output pixels along one side, and padding before the first. @returns {[number, number]} */
function window(input, kernel, stride, padding) {
    if (padding !== "same") return [Math.floor((input - kernel) / stride) + 1, 0];
    const output = Math.ceil(input / stride);
    return [output, Math.max((output - 1) * stride + kernel - input, 0) >> 1];
}

function activated(/** @type {Float32Array} */ x, name = "linear") {
    const apply = activations[name];
    if (!apply) throw new Error(`This page does not know the activation "${name}".`);
    apply(x);
    return x;
}

/** Adds the bias, rounds to float32 and applies the activation. */
function finish(/** @type {Float64Array} */ sums, /** @type {Float32Array} */ bias, activation) {
    const out = new Float32Array(sums.length), channels = bias.length;
    for (let i = 0; i < out.length; i += channels) for (let c = 0; c < channels; c++) out[i + c] = sums[i + c] + bias[c];
    return activated(out, activation);
}

/** What stands before a layer's number in its name. */
const stems = {
    Dense: "dense", Conv2D: "conv2d", Conv2DTranspose: "conv2d_transpose", MaxPooling2D: "max_pooling2d",
    UpSampling2D: "up_sampling2d", Activation: "activation", Flatten: "flatten", Reshape: "reshape",
};

/** A chain of layers. */
class Network {
    /** @param {"encoder"|"decoder"} part @param {LayerSettings[]} layers @param {number[]} input @param {Parameters} parameters */
    constructor(part, layers, input, parameters) {
        /** @type {{name: string, part: string, type: string, step: Step, folded: Step|null}[]} */
        this.layers = [];
        const seen = /** @type {Record<string, number>} */ ({});
        let shape = input, before = input;
        for (const [position, layer] of layers.entries()) {
            const build = builders[layer.layer], stem = stems[layer.layer];
            if (!build) throw new Error(`This page does not know the layer "${layer.layer}".`);
            const number = seen[stem] = (seen[stem] ?? -1) + 1, name = number ? `${stem}_${number}` : stem;
            const own = (/** @type {string} */ weight) => parameters(`${part}/${name}/${weight}`);
            const previous = layers[position - 1];
            const folds = previous?.layer === "UpSampling2D" && layer.layer === "Conv2DTranspose"
                && layer.padding !== "same" && layer.strideHeight === 1 && layer.strideWidth === 1 && (previous.factor ?? 2) <= 4;
            const folded = folds ? transposed(layer, before, own, previous.factor ?? 2) : null;
            const step = folded ?? build(layer, shape, own);
            this.layers.push({ name, part, type: layer.layer, step, folded });
            before = shape;
            shape = step.shape;
        }
        this.shape = shape;
    }

    /** The last output; `each` sees all of them. @param {Float32Array} x @param {(layer: LayerOutput) => void} [each] */
    run(x, each) {
        for (let i = 0; i < this.layers.length; i++) {
            const { name, part, type, step } = this.layers[i], next = this.layers[i + 1]?.folded;
            // An upsampling inside the next kernel is computed only to be shown.
            const input = x;
            if (!next || each) x = step.run(x);
            each?.({ name, part: /** @type {"encoder"|"decoder"} */ (part), type, shape: step.shape, values: x });
            if (next) {
                x = next.run(input);
                const layer = this.layers[++i];
                each?.({ name: layer.name, part: /** @type {"encoder"|"decoder"} */ (layer.part), type: layer.type, shape: next.shape, values: x });
            }
        }
        return x;
    }
}

/** A trained model: encoder, code and decoder. */
export class Engine {
    /** @param {Architecture} architecture @param {Objective} objective @param {Parameters} parameters */
    constructor(architecture, objective, parameters) {
        this.architecture = architecture;
        this.latent = architecture.latent;
        this.pixels = product(architecture.imageShape);
        this.encoder = new Network("encoder", architecture.encoder, architecture.imageShape, parameters);
        this.decoder = new Network("decoder", architecture.decoder, [this.latent], parameters);
        const head = (/** @type {string} */ part) => builders.Dense(
            { layer: "Dense", units: this.latent }, this.encoder.shape, (name) => parameters(`${part}/dense/${name}`));
        this.mean = head("mean");
        this.logVariance = architecture.isVariational ? head("log_variance") : null;
        const [[likelihood, settings]] = Object.entries(objective.likelihood);
        this.likelihood = likelihood;
        this.variance = likelihood === "gaussianLearnedVariance"
            ? Math.exp(parameters("likelihood/log_variance")[0]) : settings.variance ?? 1;
        /** On the divergence summed over dimensions. */
        this.klWeight = objective.divergence === "mean" ? objective.beta / this.latent : objective.beta;
    }

    /** One image's code. @param {Float32Array} image @param {(layer: LayerOutput) => void} [each] */
    encode(image, each) {
        const features = this.encoder.run(image, each);
        return { mean: this.mean.run(features), logVariance: this.logVariance?.run(features) ?? null };
    }

    /** The decoder's raw output: logits for a Bernoulli. @param {Float32Array} z @param {(layer: LayerOutput) => void} [each] */
    output(z, each) {
        return this.decoder.run(z, each);
    }

    /** Pixel means of the decoder's output. @param {Float32Array} output */
    image(output) {
        return this.likelihood === "bernoulli" ? activated(output.slice(), "sigmoid") : output;
    }

    /** One code's image. @param {Float32Array} z */
    decode(z) {
        return this.image(this.output(z));
    }

    /** −log p(x|z) or the squared error, as the run's objective has it. @param {Float32Array} output raw @param {Float32Array} target */
    reconstructionLoss(output, target) {
        let sum = 0;
        if (this.likelihood === "bernoulli") {
            for (let i = 0; i < output.length; i++) {
                const x = output[i];
                sum += Math.max(x, 0) - x * target[i] + Math.log1p(Math.exp(-Math.abs(x)));
            }
            return sum;
        }
        for (let i = 0; i < output.length; i++) sum += (output[i] - target[i]) ** 2;
        if (this.likelihood === "squaredError") return sum;
        return sum / (2 * this.variance) + output.length / 2 * Math.log(2 * Math.PI * this.variance);
    }

    /** KL divergence of each dimension to the standard normal, unweighted, in nats. @param {Float32Array} mean @param {Float32Array|null} logVariance */
    divergences(mean, logVariance) {
        return mean.map((m, i) => logVariance ? 0.5 * (m * m + Math.exp(logVariance[i]) - 1 - logVariance[i]) : 0);
    }

    /** The KL term as weighted in the objective. @param {Float32Array} mean @param {Float32Array|null} logVariance */
    klLoss(mean, logVariance) {
        return this.klWeight * this.divergences(mean, logVariance).reduce((a, b) => a + b, 0);
    }

    /**
     * Every layer's output on the way from an image, or from a code.
     * @param {{image?: Float32Array, epsilon?: Float32Array|null, z?: Float32Array}} input
     */
    activations({ image, epsilon = null, z }) {
        /** @type {LayerOutput[]} */
        const layers = [];
        const keep = (/** @type {LayerOutput} */ layer) => { layers.push(layer); };
        const code = image ? this.encode(image, keep) : { mean: null, logVariance: null };
        const { mean, logVariance } = code;
        if (!mean && !z) throw new Error("Give an image or a code.");
        const noise = mean && logVariance ? epsilon ?? new Float32Array(this.latent) : null;
        const drawn = mean && noise && logVariance ? mean.map((m, i) => m + Math.exp(logVariance[i] / 2) * noise[i]) : mean;
        const used = /** @type {Float32Array} */ (z ?? drawn);
        const output = this.output(used, keep);
        return {
            layers, mean, logVariance, epsilon: noise, z: used,
            reconstructionLoss: image ? this.reconstructionLoss(output, image) : null,
            klLoss: mean ? this.klLoss(mean, logVariance) : null,
            image: this.image(output),
        };
    }
}
