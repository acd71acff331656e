// What the program `page-session` prints, computed by WebAssembly; Session/main.swift says what it holds.
import { load } from "./core.mjs";

/** The report, and whether products and sums are fused. */
export async function report(bytes, model, batch, images, steps) {
    const core = await load(bytes);
    const session = core.session(model, { batch, images });
    const start = performance.now();
    const losses = Float64Array.from({ length: steps }, () => session.step());
    const seconds = (performance.now() - start) / 1000;
    return {
        losses: Array.from(new BigUint64Array(losses.buffer), (bits) => bits.toString(16)),
        parameters: session.parametersHash,
        images_per_second: (batch * steps) / seconds,
        fuses: core.fuses,
    };
}

/** Bytes of memory after each of so many sessions, one after the other. */
export async function memoryOfSessions(bytes, model, count) {
    const core = await load(bytes);
    return Array.from({ length: count }, () => {
        const session = core.session(model);
        session.step();
        session.free();
        return core.memory;
    });
}
