// How a training stands, in words.

import { number } from "vae/dom";

/** @typedef {import("vae/source").RunDetail} RunDetail */

/** Epochs whose mean pace says how long the others will take. */
const PACE = 5;

/** @param {number} seconds */
function duration(seconds) {
    if (seconds < 60) return "less than a minute";
    const minutes = Math.round(seconds / 60);
    return minutes < 90 ? `about ${minutes} min` : `about ${number(minutes / 60, 1)} h`;
}

/** @param {import("vae/source").EpochMetrics} epoch */
export const lossWords = ({ loss, val_loss: validation }) =>
    `loss ${number(loss)}${validation === null ? "" : `, val_loss ${number(validation)}`}`;

/** What is left of a training, in seconds; null before the first epoch has said how long one takes. @param {RunDetail} run */
export function secondsLeft({ metrics, epochs }) {
    const known = metrics.map(({ seconds }) => seconds ?? NaN).filter(Number.isFinite).slice(-PACE);
    if (!known.length) return null;
    const done = metrics[metrics.length - 1].epoch;
    return Math.max(0, epochs - done) * known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** State, epoch, loss and time left. @param {RunDetail} run @param {boolean} [isLost] whether nobody tells any more */
export function progressWords(run, isLost = false) {
    const last = run.metrics[run.metrics.length - 1], done = last?.epoch ?? 0;
    const loss = last ? ` · ${lossWords(last)}` : "";
    if (run.state === "training" && isLost) return `contact lost after epoch ${done} of ${run.epochs}${loss}`;
    if (run.state !== "training") return `${run.state}, ${done} of ${run.epochs} epochs${loss}`;
    const left = secondsLeft(run);
    return done === 0 ? `training, epoch 1 of ${run.epochs} under way`
        : `training, epoch ${done} of ${run.epochs} done${loss}${left === null ? "" : ` · ${duration(left)} left`}`;
}

/** What is to be said once nobody has answered for a while. @param {RunDetail|null} run @returns {string} */
export function endWords(run) {
    const done = run?.metrics[run.metrics.length - 1]?.epoch ?? 0;
    const what = !run || run.state !== "training" && run.state !== "finished" ? "The server does not answer, and may have ended."
        : done >= run.epochs ? `The training has finished, ${done} of ${run.epochs} epochs, and the server no longer answers.`
            : `Contact with the training was lost after epoch ${done} of ${run.epochs}: it, or the server that showed it, has ended.`;
    return `${what} What the page holds can still be read; vae explore shows the run again.`;
}
