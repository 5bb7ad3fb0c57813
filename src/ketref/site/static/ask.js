// How is the form read as a command line, and its answer shown? What answers is worker.js.
"use strict";

const form = document.getElementById("ask");
const command = document.getElementById("command");
const state = document.getElementById("state");
const answer = document.getElementById("answer");
const waiting = new Map();
let asked = 0;

function show() {
  for (const field of form.querySelectorAll("[data-of]")) {
    field.hidden = !field.dataset.of.split(" ").includes(command.value);
  }
}

// The words of the command line that the form says.
function words() {
  const found = [command.value];
  const flags = [];
  for (const field of form.querySelectorAll("[data-of]:not([hidden]) input")) {
    if (field.type === "checkbox") {
      if (field.checked) flags.push(`--${field.name}`);
    } else if (field.value.trim()) {
      if (field.dataset.word === undefined) flags.push(`--${field.name}=${field.value.trim()}`);
      else found.push(field.value.trim());
    }
  }
  return [...found, ...flags];
}

const quoted = (word) => (/^[\w./:=+-]+$/.test(word) ? word : `"${word.replace(/(["\\$`])/g, "\\$1")}"`);

function ask(line, columns = 80) {
  return new Promise((answered) => {
    waiting.set(++asked, answered);
    worker.postMessage({ number: asked, columns, words: form.dataset.book ? [...line, "--rules=/book"] : line });
  });
}

// How many letters fit into a line of the answer.
function fitting() {
  const letters = document.createElement("span");
  letters.textContent = "0".repeat(100);
  answer.replaceChildren(letters);
  const style = getComputedStyle(answer);
  const room = answer.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const found = Math.floor(room / (letters.getBoundingClientRect().width / 100));
  answer.replaceChildren();
  return Math.min(Math.max(found, 40), 100);
}

const worker = location.protocol === "file:" ? null : new Worker("worker.js", { type: "module" });
if (worker) {
  worker.onerror = (event) => { state.textContent = `The engine cannot be loaded: ${event.message || "see the console"}`; };
  worker.onmessage = ({ data }) => {
    if (data.ready) { state.textContent = "Ready."; return; }
    if (data.failed) { state.textContent = `The engine cannot be loaded: ${data.failed}`; return; }
    waiting.get(data.number)(data);
    waiting.delete(data.number);
  };
  const { wheels, book, memory } = form.dataset;
  worker.postMessage({ wheels: wheels.split(" "), book, memory });
} else {
  state.textContent = "A browser starts the engine from a server alone, be it one on this computer: python -m http.server";
}

document.getElementById("needs").remove();
form.hidden = false;
const tz = document.getElementById("f-tz");
if (tz) tz.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const [name, value] of new URLSearchParams(location.search)) {
  const field = document.getElementById(name === "command" ? "command" : `f-${name}`);
  if (field) field.value = value;
}
command.addEventListener("change", show);
show();
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const line = words();
  document.getElementById("line").textContent = ["ketref", ...line].map(quoted).join(" ");
  if (!worker) return;
  state.textContent = "Asking...";
  answer.dataset.columns = fitting();
  const { out, err } = await ask(line, Number(answer.dataset.columns));
  state.textContent = "Answered.";
  answer.textContent = [out, err].filter(Boolean).join("\n");
});
window.ketref = { ask };
