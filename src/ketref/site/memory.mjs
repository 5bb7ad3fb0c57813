// What does Python hold in memory once ketref has begun in it and has answered? `node memory.mjs` writes it for a site
// that lies in this folder as far as the engine needs it: wheels, a book of one's own, and the file to write.
import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

// As in a browser whose WebAssembly collects no garbage: what is kept of such a one serves every other too.
Object.defineProperty(globalThis, "navigator", { value: { userAgent: "iPhone", platform: "", maxTouchPoints: 0 } });

const ASKED = `
import gc
from ketref.book.loading import load, shipped
from ketref.model.axes import SAID_BY

for _ in shipped().texts.values():  # each file is read once, and not again in the browser
    pass
own = ["--rules=/book"] if os.path.isdir("/book") else []
book = load("/book") if own else shipped()
names = [*book.folders]
for command in SAID_BY:
    for form in ("text", "json"):
        ask([command, *names[:1], f"--format={form}", *own], 80)
for name in names[:1] if own else names:  # a book of one's own is read anew for each question
    ask(["detect", name, *own], 80)
    routes = {route for one in book.ranked(name, "phases") for route in one.rule.when.route}
    for route in sorted(routes)[:1]:
        ask(["effects", name, f"--route={route}", *own], 80)
del book, names, routes
gc.collect()
gc.freeze()  # what is held here will be held for good, and need not be looked through again
`;

const { begin, lay } = await import("./engine.mjs");
const { loadPyodide } = await import("./pyodide/pyodide.mjs");
const [wheels, book, memory] = process.argv.slice(2);
const bytes = async (name) => new Uint8Array(await readFile(new URL(name, import.meta.url))).buffer;
const python = await loadPyodide({ _makeSnapshot: true, env: { PYTHONHASHSEED: "0", HOME: "/home/pyodide" } });
lay(python, await Promise.all(wheels.split(" ").map(bytes)), book ? await bytes(book) : null);
begin(python);
python.runPython(ASKED);
await writeFile(new URL(memory, import.meta.url), gzipSync(python.makeMemorySnapshot(), { level: 9 }));
