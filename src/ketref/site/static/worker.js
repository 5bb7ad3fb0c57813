// The engine: Python and ketref in this browser. It loads files of this site, and nothing that it is asked goes anywhere.
import { begin, lay } from "./engine.mjs";
import createPyodideModule from "./pyodide/pyodide.asm.mjs";
import { loadPyodide } from "./pyodide/pyodide.mjs";

const HOME = new URL("./pyodide/", import.meta.url).href;

const fetched = async (name) => {
  const found = await fetch(name);
  if (!found.ok) throw new Error(`${name}: ${found.status}`);
  return found;
};
const bytes = async (name) => (await fetched(name)).arrayBuffer();

// Python as it was when the site was made, with ketref begun in it.
async function remembered(memory) {
  const stream = (await fetched(memory)).body.pipeThrough(new DecompressionStream("gzip"));
  const held = await new Response(stream).arrayBuffer();
  const roomy = async (settings) => {
    const module = await createPyodideModule(settings);
    if (held.byteLength > module.HEAP8.length) module.growMemory(held.byteLength);
    return module;
  };
  return loadPyodide({ indexURL: HOME, createPyodideModule: roomy, _loadSnapshot: held });
}

// Python, and whether ketref has begun in it: it has not where no memory was kept, or this browser cannot take it.
async function python(memory) {
  if (memory) {
    try {
      return [await remembered(memory), true];
    } catch (error) {
      console.warn(`The engine begins anew: ${error}`);
    }
  }
  return [await loadPyodide({ indexURL: HOME }), false];
}

async function load({ wheels, book, memory }) {
  const [[engine, begun], own, ...packed] = await Promise.all([
    python(memory), book ? bytes(book) : null, ...wheels.map(bytes),
  ]);
  lay(engine, packed, own);
  if (!begun) begin(engine);
  return engine.globals.get("ask");
}

let engine = null;
self.onmessage = async ({ data }) => {
  if (data.wheels) {
    engine = load(data);
    engine.then(() => self.postMessage({ ready: true }), (error) => self.postMessage({ failed: String(error) }));
    return;
  }
  const ask = await engine;
  const answered = ask(data.words, data.columns);
  const [code, out, err] = answered.toJs();
  answered.destroy();
  self.postMessage({ number: data.number, code, out, err });
};
