// What of the site is found by a name, a brand, a street name, an analyte or a code?
"use strict";

const MOST = 40;
const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[\s_-]+/g, " ").trim();
const entries = JSON.parse(document.getElementById("index").textContent).map((entry) => ({
  ...entry, keys: [entry.name, ...entry.words].map(plain),
}));
const field = document.getElementById("search");
const list = document.getElementById("found");
const count = document.getElementById("count");

// 0 is the whole of a name, 1 its begin, 2 the begin of a word in it, 3 any part of it
function rank(entry, asked) {
  const ranks = entry.keys.map((key) => {
    const at = key.indexOf(asked);
    return key === asked ? 0 : at === 0 ? 1 : key.includes(` ${asked}`) ? 2 : at > 0 ? 3 : 9;
  });
  return Math.min(...ranks);
}

function show() {
  const asked = plain(field.value);
  const found = asked ? entries.map((entry) => [rank(entry, asked), entry]).filter(([by]) => by < 9) : [];
  found.sort((a, b) => a[0] - b[0] || a[1].name.localeCompare(b[1].name));
  list.replaceChildren(...found.slice(0, MOST).map(([, entry]) => {
    const link = document.createElement("a");
    link.href = entry.to;
    link.textContent = entry.name;
    const by = entry.words.find((word) => plain(word).includes(asked));
    const item = document.createElement("li");
    item.append(link, ` (${entry.kind}${by && plain(by) !== plain(entry.name) ? `, ${by}` : ""})`);
    return item;
  }));
  count.textContent = asked ? `${found.length} found` : "";
}

document.getElementById("searching").hidden = false;
field.addEventListener("input", show);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") list.querySelector("a")?.click();
});
show();
