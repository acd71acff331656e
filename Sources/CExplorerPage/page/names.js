// Where the names of classes stand on a map: at a member of each, and none over another.

/** Members that a class is judged by; more would change its middle by less than a name is wide. */
const SAMPLE = 128;

/**
 * The member with the smallest sum of distances to the others: a middle that is one of them, unlike a median, which
 * may lie in another class.
 * @param {number[]} rows
 * @param {(one: number, other: number) => number} distance
 */
export function medoid(rows, distance) {
    const step = Math.max(1, rows.length / SAMPLE);
    const sample = Array.from({ length: Math.min(SAMPLE, rows.length) }, (_, index) => rows[Math.floor(index * step)]);
    let [best, least] = [rows[0], Infinity];
    for (const row of sample) {
        const sum = sample.reduce((total, other) => total + distance(row, other), 0);
        if (sum < least) [best, least] = [row, sum];
    }
    return best;
}

/** Rows by their class. @param {ArrayLike<number>} labels @returns {number[][]} */
export function byClass(labels) {
    /** @type {number[][]} */
    const classes = [];
    for (let row = 0; row < labels.length; row += 1) if (labels[row] >= 0) (classes[labels[row]] ??= []).push(row);
    return classes;
}

/** @typedef {{ x: number, y: number, width: number, height: number }} Box x and y of its middle */

/**
 * Moves boxes until none covers another, each pair along the shorter way; they stay within the bounds.
 * @template {Box} B
 * @param {B[]} boxes moved in place
 * @param {number} width @param {number} height of the bounds
 * @returns {B[]}
 */
export function apart(boxes, width, height) {
    let isMoved = true;
    for (let round = 0; isMoved && round < 500; round += 1) {
        isMoved = false;
        for (const box of boxes) {
            box.x = Math.max(box.width / 2, Math.min(width - box.width / 2, box.x));
            box.y = Math.max(box.height / 2, Math.min(height - box.height / 2, box.y));
        }
        for (let first = 0; first < boxes.length; first += 1) for (let second = first + 1; second < boxes.length; second += 1) {
            const [a, b] = [boxes[first], boxes[second]];
            const across = (a.width + b.width) / 2 - Math.abs(a.x - b.x), down = (a.height + b.height) / 2 - Math.abs(a.y - b.y);
            if (across <= 0 || down <= 0) continue;
            isMoved = true;
            const axis = across < down ? "x" : "y";
            const step = (Math.min(across, down) / 2 + 0.01) * (a[axis] <= b[axis] ? 1 : -1);
            a[axis] -= step;
            b[axis] += step;
        }
    }
    return boxes;
}
