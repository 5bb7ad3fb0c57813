// How does Python begin with ketref in it? It does so in the browser (worker.js), or before, where a site is made (memory.mjs).
const ENGINE = `
import glob, io, os, sys, zipfile

# Code is imported from the wheels as they are; the rules are files.
sys.path += sorted(glob.glob("/ketref/*.whl"))
for wheel in map(zipfile.ZipFile, sorted(glob.glob("/ketref/*.whl"))):
    for name in wheel.namelist():
        if name.startswith("ketref/rules/"):
            wheel.extract(name, "/")
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

ask(["detect", "--help"], 80)  # what every answer needs is loaded before the first is asked
`;

// Puts the files where Python looks for them: the wheels, and the archive of a book of one's own where there is one.
export function lay(python, wheels, book) {
  python.FS.mkdir("/ketref");
  wheels.forEach((wheel, index) => python.FS.writeFile(`/ketref/${index}.whl`, new Uint8Array(wheel)));
  if (book) python.unpackArchive(book, "zip", { extractDir: "/book" });
}

// Starts ketref from files that are laid.
export function begin(python) {
  python.runPython(ENGINE);
}
