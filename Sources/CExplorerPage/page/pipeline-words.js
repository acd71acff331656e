// What the pipeline view says at each step, and the Swift that does it. `import VAE` stands before all of it; tests
// compile the lines.

/** @typedef {{ title: string, words: string, code: string }} Step */

/** @type {Record<"input"|"encoder"|"code"|"point"|"sample"|"zero"|"decoder"|"output"|"plain", Step>} */
export const steps = {
    input: {
        title: "Input",
        words: "A picture is a list of numbers: 0 for paper, 1 for ink, one for each pixel. Choose one, or draw your own.",
        code: `
let test = try ImageDataset.embeddedMNIST(.test)
let image = test.images(0..<1)`,
    },
    encoder: {
        title: "Encoder",
        words: "Each convolution slides small windows over the maps before it and marks where it finds its pattern; "
            + "pooling keeps the strongest of each square. The maps shrink, and what they mean grows.",
        code: `
.conv2D(64, kernel: 5, activation: .relu),
.maxPooling2D(),`,
    },
    code: {
        title: "Mean μ and spread σ",
        words: "The encoder answers with a cloud, not a point: for each dimension of the code a centre μ and a width σ. "
            + "Grey is N(0, 1), to which training pulls every cloud.",
        code: `
let codes = model.encode(image)
let (mean, sigma) = (codes.mean, codes.standardDeviation)`,
    },
    point: {
        title: "Code",
        words: "This run is a plain autoencoder: it answers with one point for each picture, and nothing tells it where "
            + "the points should lie.",
        code: `
let codes = model.encode(image)
let mean = codes.mean`,
    },
    sample: {
        title: "A draw z",
        words: "Throw ε from N(0, 1), stretch it by σ, move it to μ: that is a draw z from the cloud. The chance is all "
            + "in ε, so that gradients can flow back through μ and σ.",
        code: `
z[i] = (sigma[i] * noise[i]) + mean[i]`,
    },
    zero: {
        title: "No draw",
        words: "A plain autoencoder has no σ to stretch an ε by: the point itself is decoded. So it never learns what "
            + "lies between its points.",
        code: `
let z = codes.mean`,
    },
    decoder: {
        title: "Decoder",
        words: "The same road back, from z alone: each transposed convolution paints every value as a small patch, "
            + "upsampling makes one pixel four, until there is a picture again.",
        code: `
let output = model.decode(z)`,
    },
    output: {
        title: "Output and loss",
        words: "Training makes one sum small: how far the output is from the input, and how far the cloud is from N(0, 1). "
            + "The first asks for likeness, the second for order.",
        code: `
let score = Evaluator(model, objective: .tutorial).evaluate(test, seed: 0)
print(score.terms.reconstruction, score.terms.kl)`,
    },
    plain: {
        title: "Output and loss",
        words: "Training makes one number small: how far the output is from the input. There is no cloud, so there is no "
            + "KL term that would bring order into the codes.",
        code: `
let score = Evaluator(model, objective: .tutorial).evaluate(test, seed: nil)
print(score.terms.reconstruction)`,
    },
};

/**
 * The first step for images that are no strokes.
 * @param {[number, number, number]} shape @param {Step} input @returns {Step}
 */
export const seen = ([height, width, channels], input) => ({
    ...input, code: input.code.trim().split("\n")[1],
    words: `A picture is a list of numbers from 0 to 1, here ${height} × ${width}${channels > 1 ? ` × ${channels}` : ""}: `
        + `${channels > 2 ? "red, green and blue" : "how bright it is"} for each pixel. Choose one, or draw your own.`,
});

/** How each likelihood scores an image, by the name that a run's settings have for it. */
export const formulas = /** @type {Record<string, string>} */ ({
    "squared-error": "Σ (x − x̂)²",
    "gaussian": "Σ (x − x̂)² / 2σ² + ½ ln 2πσ²",
    "gaussian-learned": "Σ (x − x̂)² / 2σ² + ½ ln 2πσ²",
    "bernoulli": "−Σ x ln x̂ + (1 − x) ln(1 − x̂)",
});
