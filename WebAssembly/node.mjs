// node node.mjs CORE.wasm MODEL BATCH IMAGES STEPS: the report on a line of JSON.
import { readFile } from "node:fs/promises";
import { report } from "./report.mjs";

const [path, model, ...numbers] = process.argv.slice(2);
console.log(JSON.stringify(await report(await readFile(path), model, ...numbers.map(Number))));
