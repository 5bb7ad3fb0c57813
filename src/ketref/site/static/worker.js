// The engine: Python and ketref in this browser. It loads files of this site, and nothing that it is asked goes anywhere.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const ENGINE = `
import io, os, sys
sys.path += [f"/wheels/{name}" for name in sorted(os.listdir("/wheels"))]
from ketref.cli.main import main

def ask(words, columns):
    os.environ["COLUMNS"] = str(columns)
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in kept)
    try:
        code = main(list(words))
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return [code, *(stream.buffer.getvalue().decode() for stream in (sys.stdout, sys.stderr))]
    finally:
        sys.stdout, sys.stderr = kept

ask
`;

const bytes = async (name) => {
  const found = await fetch(name);
  if (!found.ok) throw new Error(`${name}: ${found.status}`);
  return found.arrayBuffer();
};

async function load({ wheels, book }) {
  const home = new URL("./pyodide/", import.meta.url).href;
  const [python, kept, ...packed] = await Promise.all([
    loadPyodide({ indexURL: home }), book ? bytes(book) : null, ...wheels.map(bytes),
  ]);
  python.FS.mkdir("/wheels");
  for (const [index, wheel] of packed.entries()) {
    if (wheels[index].includes("/ketref-")) python.unpackArchive(wheel, "wheel"); // it reads its rules as files
    else python.FS.writeFile(`/wheels/${index}.whl`, new Uint8Array(wheel)); // imported as it is: sooner than unpacked
  }
  if (kept) python.unpackArchive(kept, "zip", { extractDir: "/book" });
  const ask = python.runPython(ENGINE);
  ask(["detect", "--help"], 80); // what every answer needs is loaded before the first is asked
  return ask;
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
