// Ways from one code to another.

/** Below this length a code lies at zero, which has no direction. */
const SMALLEST = 1e-6;
/** The cosine of 177°: beyond it two codes lie opposite each other, and no great circle is the one between them. */
const OPPOSITE = -0.99875;

const norm = (/** @type {ArrayLike<number>} */ z) => Math.hypot(...Array.from(z));

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function cosine(a, b) {
    const dot = Array.from(a).reduce((sum, value, index) => sum + value * b[index], 0);
    return Math.min(1, Math.max(-1, dot / (norm(a) * norm(b))));
}

/** The straight way from one code to another. @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {number} t */
export const straight = (a, b, t) => Float32Array.from(a, (value, index) => value + t * (b[index] - value));

/** Whether one great circle leads from a code to another. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export const hasGreatCircle = (a, b) => norm(a) >= SMALLEST && norm(b) >= SMALLEST && cosine(a, b) >= OPPOSITE;

/**
 * The way along a great circle, where there is one, else the straight one. The direction turns evenly and the distance
 * from zero goes evenly from one code's to the other's, so that the way leaves neither end's surroundings.
 * @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {number} t
 */
export function spherical(a, b, t) {
    if (!hasGreatCircle(a, b)) return straight(a, b, t);
    const [from, to] = [norm(a), norm(b)];
    const angle = Math.acos(cosine(a, b));
    // Codes in the same direction have no plane to turn in, and need none.
    const [first, second] = Math.sin(angle) < 1e-4 ? [1 - t, t]
        : [Math.sin((1 - t) * angle), Math.sin(t * angle)].map((sine) => sine / Math.sin(angle));
    const direction = Float64Array.from(a, (value, index) => first * value / from + second * b[index] / to);
    const radius = ((1 - t) * from + t * to) / norm(direction);
    return Float32Array.from(direction, (value) => radius * value);
}
