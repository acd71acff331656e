// The core in a page or under node: a module's bytes become sessions, in JavaScript's names.

/** The models that a session knows, by their numbers. */
export const models = { tutorial: 0, residual: 1 };

/**
 * Compiles core.wasm or core-relaxed.wasm.
 * @param {BufferSource} bytes
 * @returns {Promise<Core>} Rejects where the machine has not the instructions, as may be for relaxed SIMD.
 */
export async function load(bytes) {
    const host = { seconds: () => performance.now() / 1000 };
    return new Core((await WebAssembly.instantiate(bytes, { host })).instance.exports);
}

/** A core with memory of its own. */
class Core {
    #exports;

    constructor(exports) {
        this.#exports = exports;
    }

    /** Whether it computes the bytes of the program's default build; else it computes those of `VAE_ISA=baseline`. */
    get fuses() {
        return this.#exports.fuses() === 1;
    }

    /** Bytes of memory that it has taken from the page; they never become fewer. */
    get memory() {
        return this.#exports.memory.buffer.byteLength;
    }

    /** A model at its initial weights, with made-up images to train on. */
    session(model, { seed = 1, batch = 64, images = 256 } = {}) {
        const handle = this.#exports.session_create(models[model], BigInt(seed), batch, images);
        if (!handle) throw new Error(`there is no session of ${model} with ${images} images in batches of ${batch}`);
        return new Session(this.#exports, handle, images);
    }
}

/** A training, step by step. Its arrays are views of the core's memory: ask anew after each call, since it may grow. */
class Session {
    #exports;
    #handle;
    #images;

    constructor(exports, handle, images) {
        this.#exports = exports;
        this.#handle = handle;
        this.#images = images;
    }

    /** One byte a pixel, image after image; write others to train on them. */
    get pixels() {
        const { memory, session_pixels, session_pixel_count } = this.#exports;
        const count = this.#images * session_pixel_count(this.#handle);
        return new Uint8Array(memory.buffer, session_pixels(this.#handle), count);
    }

    /** All weights, in the order of the model's parameters. */
    get parameters() {
        const { memory, session_parameters, session_parameter_count } = this.#exports;
        return new Float32Array(memory.buffer, session_parameters(this.#handle), session_parameter_count(this.#handle));
    }

    /** A hash of the weights' bits, in hexadecimal. */
    get parametersHash() {
        return BigInt.asUintN(64, this.#exports.session_parameters_hash(this.#handle)).toString(16);
    }

    /** Takes one step; the loss before it. */
    step() {
        return this.#exports.session_step(this.#handle);
    }

    /** Gives its memory back; it cannot be used afterwards. */
    free() {
        this.#exports.session_free(this.#handle);
    }
}
