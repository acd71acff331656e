// Every op that a graph may have, by its name. What multiplies is one matrix product over float64, which JavaScript
// engines run fastest.

/**
 * @typedef {{settings: Record<string, any>, inputs: number[][], shape: number[], factor: number,
 *   parameter: (name: string) => Float32Array}} Site a node's settings, the shapes of its inputs and output, the factor of
 *   an upsampling that is folded into it, its weights
 * @typedef {(...inputs: Float32Array[]) => Float32Array} Run leaves its inputs as they are
 * @typedef {(site: Site) => Run} Build
 */

/** Height and width, of a setting that may be one number for both. @param {number|number[]} setting @returns {number[]} */
const pair = (setting) => [setting, setting].flat().slice(-2);

/** Pixels before an image, down and across. @param {any} padding @param {number[]} whole what "same" adds on both sides @returns {number[]} */
function before(padding, whole) {
    if (padding === "valid") return [0, 0];
    if (padding === "same") return whole.map((pixels) => Math.max(pixels, 0) >> 1);
    return padding.length === 4 ? [padding[0], padding[2]] : pair(padding);
}

/** For each pixel of a small image and each of its window: the pixel of the big image there; −1 beyond its border. */
function places([rows, columns], [height, width], [kh, kw], [sh, sw], [top, left]) {
    const big = new Int32Array(rows * columns * kh * kw).fill(-1);
    for (let row = 0, at = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
        for (let i = 0; i < kh; i++) for (let j = 0; j < kw; j++, at++) {
            const y = row * sh + i - top, x = column * sw + j - left;
            if (y >= 0 && y < height && x >= 0 && x < width) big[at] = y * width + x;
        }
    }
    return big;
}

/** A matrix for each group of channels, in panels of four columns, each [rows, 4]. @param {(group: number, row: number, column: number) => number} value */
const matrices = (/** @type {number} */ groups, rows, columns, value) => Array.from({ length: groups }, (_, group) => {
    const values = new Float64Array(rows * Math.ceil(columns / 4) * 4);
    for (let c = 0; c < columns; c++) for (let r = 0; r < rows; r++) values[((c >> 2) * rows + r) * 4 + (c & 3)] = value(group, r, c);
    return { rows, columns, values };
});

/** out [count, columns] = a [count, rows] · b, two rows and four columns at a time. @param {Float64Array} a @param {Float64Array} out */
function multiply(a, count, { rows, columns, values }, out) {
    // From the last panel on: what one that is cut writes behind its row is written over later.
    for (let c = (columns - 1) & ~3; c >= 0; c -= 4) {
        for (let i = 0; i < count; i += 2) {
            // The last row of an odd number is computed twice.
            const first = i * rows, second = i + 1 < count ? first + rows : first;
            let p0 = 0, p1 = 0, p2 = 0, p3 = 0, q0 = 0, q1 = 0, q2 = 0, q3 = 0;
            for (let k = 0, w = c * rows; k < rows; k++, w += 4) {
                const p = a[first + k], q = a[second + k];
                const w0 = values[w], w1 = values[w + 1], w2 = values[w + 2], w3 = values[w + 3];
                p0 += p * w0; p1 += p * w1; p2 += p * w2; p3 += p * w3;
                q0 += q * w0; q1 += q * w1; q2 += q * w2; q3 += q * w3;
            }
            const to = i * columns + c, below = to + columns;
            out[to] = p0; out[to + 1] = p1; out[to + 2] = p2; out[to + 3] = p3;
            if (second === first) continue;
            out[below] = q0; out[below + 1] = q1; out[below + 2] = q2; out[below + 3] = q3;
        }
    }
}

/** Sums rounded to float32, with a bias for each channel where there is one. @param {Float64Array} sums @param {Site} site */
function biased(sums, { settings, parameter }) {
    if (!settings.bias) return new Float32Array(sums);
    const bias = parameter("bias"), out = new Float32Array(sums.length), channels = bias.length;
    for (let i = 0; i < out.length; i += channels) for (let c = 0; c < channels; c++) out[i + c] = sums[i + c] + bias[c];
    return out;
}

/** @type {Record<string, Build>} */
const multiplying = {
    dense(site) {
        const { inputs: [[count]], shape: [units] } = site, kernel = site.parameter("kernel"), sums = new Float64Array(units);
        const [matrix] = matrices(1, count, units, (_, r, c) => kernel[r * units + c]);
        return (x) => {
            multiply(Float64Array.from(x), 1, matrix, sums);
            return biased(sums, site);
        };
    },

    /** Kernel [height, width, in / groups, out]. */
    conv2d(site) {
        const { settings: { kernel, stride, padding, groups }, inputs: [image], shape } = site, [rows, columns, f] = shape;
        const [kh, kw] = pair(kernel), [sh, sw] = pair(stride), weights = site.parameter("kernel"), channels = image[2];
        const big = places(shape, image, [kh, kw], [sh, sw],
            before(padding, [(rows - 1) * sh + kh - image[0], (columns - 1) * sw + kw - image[1]]));
        const depth = channels / groups, part = f / groups, count = rows * columns;
        const kernels = matrices(groups, kh * kw * depth, part, (group, r, c) => weights[r * f + group * part + c]);
        const patches = new Float64Array(big.length * depth), sums = new Float64Array(count * f);
        const own = groups > 1 ? new Float64Array(count * part) : sums;
        return (x) => {
            kernels.forEach((matrix, group) => {
                for (let at = 0; at < big.length; at++) {
                    // Patches beyond the border stay zero.
                    if (big[at] < 0) continue;
                    for (let c = 0, to = at * depth, from = big[at] * channels + group * depth; c < depth; c++) patches[to + c] = x[from + c];
                }
                multiply(patches, count, matrix, own);
                if (groups > 1) for (let i = 0; i < own.length; i++) sums[Math.floor(i / part) * f + group * part + i % part] = own[i];
            });
            return biased(sums, site);
        };
    },

    /**
     * Kernel [height, width, out / groups, in]. Behind an upsampling by a factor f, a kernel k×k of stride 1 is one of
     * (k + f − 1)×(k + f − 1) of stride f: the kernel added at all f² shifts.
     */
    conv2d_transpose(site) {
        const { settings: { kernel, stride, padding, groups }, inputs: [image], shape: [rows, columns, f], factor } = site;
        const [tall, wide] = pair(kernel), [sh, sw] = pair(stride), weights = site.parameter("kernel"), channels = image[2];
        const kh = tall + factor - 1, kw = wide + factor - 1;
        const big = places(image, [rows, columns], [kh, kw], [sh * factor, sw * factor], before(padding, [tall - sh, wide - sw]));
        const depth = channels / groups, part = f / groups, count = image[0] * image[1];
        const kernels = matrices(groups, depth, kh * kw * part, (group, r, c) => {
            const filter = c % part, i = Math.floor(c / (kw * part)), j = Math.floor(c / part) % kw;
            let sum = 0;
            for (let y = Math.max(0, i - factor + 1); y <= Math.min(i, tall - 1); y++) {
                for (let x = Math.max(0, j - factor + 1); x <= Math.min(j, wide - 1); x++) {
                    sum += weights[((y * wide + x) * part + filter) * channels + group * depth + r];
                }
            }
            return sum;
        });
        const own = new Float64Array(count * depth), taps = new Float64Array(big.length * part), sums = new Float64Array(rows * columns * f);
        return (x) => {
            sums.fill(0);
            kernels.forEach((matrix, group) => {
                for (let i = 0; i < own.length; i++) own[i] = x[Math.floor(i / depth) * channels + group * depth + i % depth];
                multiply(own, count, matrix, taps);
                for (let at = 0; at < big.length; at++) {
                    if (big[at] < 0) continue;
                    for (let c = 0, from = at * part, to = big[at] * f + group * part; c < part; c++) sums[to + c] += taps[from + c];
                }
            });
            return biased(sums, site);
        };
    },
};

const product = (/** @type {number[]} */ shape) => shape.reduce((a, b) => a * b, 1);

const last = (/** @type {number[]} */ shape) => shape[shape.length - 1];

/** Abramowitz & Stegun 7.1.26, within 1.5e-7. */
function erf(/** @type {number} */ x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

/** Of each value by itself. @type {Record<string, (settings: Record<string, any>) => (x: number) => number>} */
const pointwise = {
    leaky_relu: ({ slope }) => (x) => x < 0 ? slope * x : x,
    elu: ({ alpha }) => (x) => x < 0 ? alpha * Math.expm1(x) : x,
    selu: () => (x) => x < 0 ? 1.7580993408473766 * Math.expm1(x) : 1.0507009873554805 * x,
    sigmoid: () => (x) => 1 / (1 + Math.exp(-x)),
    silu: () => (x) => x / (1 + Math.exp(-x)),
    gelu: () => (x) => x / 2 * (1 + erf(x * Math.SQRT1_2)),
    gelu_tanh: () => (x) => x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    tanh: () => Math.tanh,
    softplus: () => (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    standard_deviation: () => (x) => Math.exp(x / 2),
};

/** Windows that do not overlap; an odd edge is dropped. @param {boolean} isMaximum else the mean @returns {Build} */
const pooling = (isMaximum) => ({ settings, inputs: [[, width, channels]], shape }) => {
    const [h, w] = pair(settings.size), [rows, columns] = shape;
    return (x) => {
        const out = new Float32Array(product(shape)).fill(isMaximum ? -Infinity : 0);
        for (let y = 0; y < rows * h; y++) for (let z = 0; z < columns * w; z++) {
            const from = (y * width + z) * channels, to = (Math.floor(y / h) * columns + Math.floor(z / w)) * channels;
            if (isMaximum) for (let c = 0; c < channels; c++) out[to + c] = Math.max(out[to + c], x[from + c]);
            else for (let c = 0; c < channels; c++) out[to + c] += x[from + c] / (h * w);
        }
        return out;
    };
};

/** For each pixel of an enlarged axis the two that it lies between, and how far from the first. */
const between = (/** @type {number} */ size, { factor, interpolation }) => Array.from({ length: size * factor }, (_, i) => {
    const at = interpolation === "bilinear" ? Math.max(0, (i + 0.5) / factor - 0.5) : Math.floor(i / factor), low = Math.floor(at);
    return [low, Math.min(low + 1, size - 1), at - low];
});

const mix = (/** @type {number} */ a, b, share) => share ? a + (b - a) * share : a;

/** Values of all inputs, one by one. @param {(a: number, b: number) => number} join @returns {() => Run} */
const joined = (join) => () => (first, ...others) => others.reduce((sum, other) => sum.map((a, i) => join(a, other[i])), first);

/**
 * Brings each of some parts of the values to mean 0 and variance 1, then to each channel's scale and shift.
 * @param {(groups: number, channels: number) => (i: number) => number} partOf which part a value is in @returns {Build}
 */
const normalized = (partOf) => ({ settings: { epsilon, groups }, inputs: [shape], parameter }) => {
    const channels = last(shape), part = partOf(groups, channels), scale = parameter("scale"), shift = parameter("shift");
    const parts = part(product(shape) - 1) + 1, share = parts / product(shape);
    return (x) => {
        const means = new Float64Array(parts), variances = new Float64Array(parts);
        x.forEach((value, i) => { means[part(i)] += value * share; });
        x.forEach((value, i) => { variances[part(i)] += (value - means[part(i)]) ** 2 * share; });
        return x.map((value, i) => (value - means[part(i)]) / Math.sqrt(variances[part(i)] + epsilon) * scale[i % channels] + shift[i % channels]);
    };
};

/** @returns {Run} */
const pass = () => (x) => x;

/** @param {Float32Array} values @param {(value: number, i: number) => number} part */
const sum = (values, part) => values.reduce((total, value, i) => total + part(value, i), 0);

const squaredError = (/** @type {Float32Array} */ y, x) => sum(y, (value, i) => (value - x[i]) ** 2);

/** One number of two values. @param {(a: Float32Array, b: Float32Array) => number} score @returns {() => Run} */
const term = (score) => () => (a, b) => Float32Array.of(score(a, b));

/** What a node computes, by the name of its op. @type {Record<string, Build>} */
export const ops = {
    ...multiplying,
    ...Object.fromEntries(Object.entries(pointwise).map(([name, make]) => [name, ({ settings }) => (x) => x.map(make(settings))])),

    // Written out, since it stands behind most layers.
    relu: () => (x) => {
        const out = x.slice();
        for (let i = 0; i < out.length; i++) if (out[i] < 0) out[i] = 0;
        return out;
    },

    flatten: pass,
    reshape: pass,
    dropout: pass,

    max_pooling2d: pooling(true),
    average_pooling2d: pooling(false),
    global_average_pooling2d: ({ shape: [channels] }) => (x) => {
        const out = new Float32Array(channels);
        for (let i = 0; i < x.length; i++) out[i % channels] += x[i] * channels / x.length;
        return out;
    },

    up_sampling2d({ settings, inputs: [[height, width, channels]], shape }) {
        const rows = between(height, settings), columns = between(width, settings);
        return (x) => {
            const out = new Float32Array(product(shape));
            let to = 0;
            for (const [above, below, down] of rows) for (const [left, right, across] of columns) {
                const row = (/** @type {number} */ y, c) => mix(x[(y * width + left) * channels + c], x[(y * width + right) * channels + c], across);
                for (let c = 0; c < channels; c++) out[to++] = mix(row(above, c), row(below, c), down);
            }
            return out;
        };
    },

    crop({ inputs: [[height, width, channels]], shape: [rows, columns] }) {
        const top = (height - rows) >> 1, left = (width - columns) >> 1, line = columns * channels;
        return (x) => {
            const out = new Float32Array(rows * line);
            for (let y = 0; y < rows; y++) {
                const from = ((y + top) * width + left) * channels;
                out.set(x.subarray(from, from + line), y * line);
            }
            return out;
        };
    },

    // The terms of a loss: one number an image.
    squared_error: term(squaredError),
    gaussian: ({ settings: { variance } }) => term((y, x) => squaredError(y, x) / (2 * variance) + y.length / 2 * Math.log(2 * Math.PI * variance))(),
    gaussian_learned: ({ parameter }) => ops.gaussian({ settings: { variance: Math.exp(parameter("log_variance")[0]) } }),
    bernoulli: term((logits, x) => sum(logits, (l, i) => Math.max(l, 0) - l * x[i] + Math.log1p(Math.exp(-Math.abs(l))))),
    half_squared_norm: () => (x) => Float32Array.of(sum(x, (value) => value * value / 2)),
    gaussian_kl: term((mean, logVariance) => sum(mean, (m, i) => 0.5 * (m * m + Math.exp(logVariance[i]) - 1 - logVariance[i]))),

    add: joined((a, b) => a + b),
    multiply: joined((a, b) => a * b),
    /** Along the last axis. */
    concatenate({ inputs, shape }) {
        const widths = inputs.map(last);
        return (...values) => {
            const out = new Float32Array(product(shape));
            for (let to = 0, row = 0; to < out.length; row++) widths.forEach((width, i) => {
                out.set(values[i].subarray(row * width, (row + 1) * width), to);
                to += width;
            });
            return out;
        };
    },

    group_norm: normalized((groups, channels) => (i) => Math.floor(i % channels * groups / channels)),
    layer_norm: normalized((_, channels) => (i) => Math.floor(i / channels)),

    /** z = μ + σ · ε; of a plain autoencoder μ. */
    reparameterize: () => (mean, sigma, epsilon) => sigma ? mean.map((m, i) => m + sigma[i] * epsilon[i]) : mean,
};
