/* Keys are declared where they act: data-key="p" (or "g d": one after the other) on a link, button or
   field, data-key-word for the map that "?" shows. A key clicks, or focuses, what is visible. */
const PAUSE_BETWEEN = 900;
let before = "";
let timer = 0;

export function installKeys() {
  document.addEventListener("keydown", onKey);
  document.getElementById("keys")?.addEventListener("toggle", fillMap);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.('[data-opens="keys"]')) fillMap();
  }, true);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector("dialog:modal")) return;
  if (isTyping(event.target)) {
    // out of a field, back to the keys of the page; a menu takes its own Escape
    if (event.key === "Escape" && !event.target.closest("details.menu[open]")) event.target.blur();
    return;
  }
  clearTimeout(timer);
  const wanted = before ? `${before} ${event.key}` : event.key;
  const found = visible(wanted) ?? (before ? visible(event.key) : null);
  if (found) {
    before = "";
    event.preventDefault();
    if (found.matches("input, select, textarea")) { found.focus(); found.select?.(); }
    else { if (found.matches("summary")) found.focus({ preventScroll: true }); found.click(); enterMenu(found); }
    return;
  }
  const isStart = document.querySelector(`[data-key^="${CSS.escape(event.key)} "]`);
  before = isStart && event.key.length === 1 ? event.key : "";
  timer = setTimeout(() => { before = ""; }, PAUSE_BETWEEN);
}

/** Who opens a menu by its key goes on by key: Enter takes the first choice, arrows the others. */
function enterMenu(summary) {
  const menu = summary.closest("details.menu[open]");
  if (summary.matches("summary")) menu?.querySelector(".menu-item:not(:disabled)")?.focus();
}

function isTyping(target) {
  return target.isContentEditable || target.matches?.('textarea, select, input:not([type="checkbox"], [type="radio"], [type="button"])');
}

function visible(key) {
  const all = document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`);
  return [...all].find((element) => element.checkVisibility() && !element.disabled) ?? null;
}

function fillMap() {
  const map = document.getElementById("keymap");
  const meanings = new Map(); // one key may do several things, each at its time
  for (const element of document.querySelectorAll("[data-key]")) {
    const word = element.dataset.keyWord || element.textContent.trim();
    if (word) meanings.set(element.dataset.key, (meanings.get(element.dataset.key) ?? new Set()).add(word));
  }
  map.replaceChildren();
  for (const [key, words] of meanings) {
    const name = document.createElement("dt");
    name.textContent = [...words].join(" · ");
    const keys = document.createElement("dd");
    for (const one of key.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = one;
      keys.append(cap);
    }
    map.append(name, keys);
  }
}
