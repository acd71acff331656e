// How a training stands, in words.

import { number } from "vae/dom";

/** @typedef {import("vae/source").RunDetail} RunDetail @typedef {import("vae/source").Progress} Progress */

/** @param {number} seconds */
function duration(seconds) {
    if (seconds < 60) return "less than a minute";
    const minutes = Math.round(seconds / 60);
    return minutes < 90 ? `about ${minutes} min` : `about ${number(minutes / 60, 1)} h`;
}

/** After a run's last epoch, or after any of its epochs. @param {{ loss: number|null, val_loss: number|null }} losses */
export const lossWords = ({ loss, val_loss: validation }) =>
    `loss ${number(loss)}${validation === null ? "" : `, val_loss ${number(validation)}`}`;

/**
 * State, epoch, loss and time left.
 * @param {RunDetail} run
 * @param {boolean} [isLost] whether nobody tells any more
 * @param {Progress} [progress] the last that was told of its steps
 */
export function progressWords(run, isLost = false, progress = undefined) {
    const { state, epochs, epochs_done: done, seconds_left: left } = run, loss = done ? ` · ${lossWords(run)}` : "";
    if (state !== "training") return `${state}, ${done} of ${epochs} epochs${loss}`;
    if (isLost) return `contact lost after epoch ${done} of ${epochs}${loss}`;
    // Between an epoch's last step and the next one's first, the epoch has more to say.
    if (progress && progress.epoch > done) return `training, epoch ${progress.epoch} of ${epochs}, step ${progress.step} of ${progress.steps}`
        + ` · loss ${number(progress.loss)} · ${duration(progress.seconds_left)} left`;
    return done === 0 ? `training, epoch 1 of ${epochs} under way`
        : `training, epoch ${done} of ${epochs} done${loss}${left === null ? "" : ` · ${duration(left)} left`}`;
}

/** What is to be said once nobody has answered for a while. @param {RunDetail|null} run @returns {string} */
export function endWords(run) {
    const done = run?.epochs_done ?? 0;
    const what = !run || run.state !== "training" && run.state !== "finished" ? "The server does not answer, and may have ended."
        : done >= run.epochs ? `The training has finished, ${done} of ${run.epochs} epochs, and the server no longer answers.`
            : `Contact with the training was lost after epoch ${done} of ${run.epochs}: it, or the server that showed it, has ended.`;
    return `${what} What the page holds can still be read; vae explore shows the run again.`;
}
