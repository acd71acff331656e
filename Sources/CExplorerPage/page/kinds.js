// What a run's losses are measured in: only numbers of one kind may stand on one scale.

/** @typedef {import("vae/source").RunDetail} RunDetail @typedef {{ words: string, runs: RunDetail[] }} Kind */

/** @param {RunDetail} run @param {string} name */
const setting = (run, name) => String(run.settings.find((one) => one.name === name)?.value ?? "");

/** The reconstruction loss's measure. @param {RunDetail} run */
function measure(run) {
    const pixels = run.image_shape.reduce((product, side) => product * side, 1);
    const words = /** @type {Record<string, string>} */ ({
        "squared-error": "squared error",
        "gaussian": `nats, Gaussian of σ² = ${setting(run, "variance")}`,
        "gaussian-learned": "nats, Gaussian of a learned σ²",
        "bernoulli": "nats, Bernoulli",
    })[setting(run, "likelihood")] ?? setting(run, "likelihood");
    return [words, `(${pixels} pixels)`];
}

/** How the divergence is weighed; null without one. @param {RunDetail} run */
function divergence(run) {
    if (!run.is_variational) return null;
    const share = setting(run, "divergence") === "mean" ? run.latent : 1;
    const weight = Number((Number(setting(run, "beta") || 1) / share).toPrecision(4));
    const warm = Number(setting(run, "warm_up"));
    return `${weight === 1 ? "" : `${weight} · `}KL${warm ? `, warmed up over ${Number((100 * warm).toPrecision(3))} %` : ""}`;
}

/**
 * In words, what a quantity of a run is; null where the run has no such quantity.
 * @param {RunDetail} run
 * @param {string} quantity "loss", "reconstruction_loss" or "kl_loss"
 */
export function kindOf(run, quantity) {
    const kl = divergence(run);
    if (quantity === "kl_loss") return kl && `${kl}, in nats`;
    const [words, size] = measure(run);
    return `${words}${quantity !== "loss" ? "" : kl ? ` + ${kl}` : ", no KL"} ${size}`;
}

/** Runs by the kind of a quantity, in their order; those without it are left out. @param {RunDetail[]} runs @param {string} quantity @returns {Kind[]} */
export function kindsOf(runs, quantity) {
    /** @type {Map<string, Kind>} */
    const kinds = new Map();
    for (const run of runs) {
        const words = kindOf(run, quantity);
        if (words === null) continue;
        const kind = kinds.get(words) ?? { words, runs: [] };
        kind.runs.push(run);
        kinds.set(words, kind);
    }
    return [...kinds.values()];
}
