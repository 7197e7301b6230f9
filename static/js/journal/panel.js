/* The journal window: opens with the session's first call (not on a phone, where it would lie over that
   call), stays until it is closed, is never emptied.
   Place and size are the person's, on every computer; the session ends with the tab. */
import { facts, paintWith, repaint } from "../live/page.js";
import { pageWidth } from "../ui/view.js";
import { narrow } from "./over.js";
import { AT_FIRST, kept, middle, nearestCorner, placed } from "./place.js";

const panel = document.getElementById("journal");
const list = document.getElementById("journal-list");
const missed = document.getElementById("journal-missed");
const key = `journal-${panel.dataset.user}`;
const read = (name, otherwise) => {
  try { return JSON.parse(sessionStorage.getItem(`${key}-${name}`)) ?? otherwise; } catch { return otherwise; }
};
const keep = (name, value) => {
  try { sessionStorage.setItem(`${key}-${name}`, JSON.stringify(value)); } catch { /* private windows keep nothing */ }
};
const view = () => ({ width: pageWidth(), height: innerHeight });
const began = read("began", Math.floor(Date.now() / 1000));
keep("began", began);
let which = read("which", "session");
let signature = null;
let place = null;
let isMeasured = false;

function put({ left, top, width, height }) {
  Object.assign(panel.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

function box() {
  const { left, top, width, height } = panel.getBoundingClientRect();
  return { left, top, width, height };
}

function standInCorner() {
  const head = document.querySelector(".topbar")?.offsetHeight ?? 0;
  put(placed(nearestCorner(place ?? AT_FIRST), place ?? AT_FIRST, view(), head));
}

/** Where it was left last, asked for once in a session. */
async function recall() {
  place ??= read("place", null);
  if (place) return;
  try {
    const answer = await fetch(panel.dataset.place, { headers: { Accept: "application/json" } });
    place = { ...AT_FIRST, ...(answer.ok ? await answer.json() : {}) };
  } catch { place = AT_FIRST; }
  keep("place", place);
}

let telling = 0;
function remember() {
  if (panel.hidden || narrow.matches) return;
  const { width, height } = box();
  const now = { ...middle(box(), view()), width: Math.round(width), height: Math.round(height) };
  if (JSON.stringify(now) === JSON.stringify(place)) return;
  place = now;
  keep("place", place);
  clearTimeout(telling);
  telling = setTimeout(() => window.htmx.ajax("POST", panel.dataset.place, { swap: "none", values: place }), 400);
}

function ask() {
  const url = which === "session" ? `${panel.dataset.url}?since=${began}` : panel.dataset.url;
  window.htmx.ajax("GET", url, { target: list });
}

/** For news: nothing is taken away from under a keyboard's focus or an open menu; it waits for them. */
let isDue = false;
function askAgain() {
  if (panel.hidden) return;
  isDue = Boolean(list.querySelector("details[open], :focus-visible"));
  if (!isDue) ask();
}
for (const name of ["toggle", "focusout"]) {
  list.addEventListener(name, () => setTimeout(() => { if (isDue) askAgain(); }), true);
}

async function open() {
  keep("open", true);
  await recall();
  panel.hidden = false;
  isMeasured = false;
  standInCorner();
  ask();
}

function close() {
  keep("open", false);
  panel.hidden = true;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#journal-open")) panel.hidden ? open() : close();
  else if (event.target.closest("#journal-close")) { close(); document.getElementById("journal-open")?.focus(); }
  const choice = event.target.closest("[data-journal]");
  if (choice) { which = choice.dataset.journal; keep("which", which); mark(); ask(); }
});

function mark() {
  for (const one of panel.querySelectorAll("[data-journal]")) one.setAttribute("aria-pressed", String(one.dataset.journal === which));
}

/* moved by its head; at its end it is where it was left until it is opened anew */
const head = document.getElementById("journal-head");
head.addEventListener("pointerdown", (event) => {
  if (event.target.closest("button") || event.button !== 0 || narrow.matches) return;
  const from = box();
  const move = ({ clientX, clientY }) =>
    put(kept({ ...from, left: from.left + clientX - event.clientX, top: from.top + clientY - event.clientY }, view()));
  const done = () => {
    head.removeEventListener("pointermove", move);
    remember();
    repaint();
  };
  head.setPointerCapture(event.pointerId);
  head.addEventListener("pointermove", move);
  head.addEventListener("lostpointercapture", done, { once: true });
});
new ResizeObserver(() => {
  repaint(); // of whom it lies over, or no more: also when it was opened or closed
  // the first word of an opening is its own size
  if (isMeasured) remember();
  isMeasured = !panel.hidden;
}).observe(panel);
addEventListener("resize", () => {
  isMeasured = false;
  if (panel.hidden) return;
  standInCorner();
  repaint();
});

/* my calls as they are now; when they change the window asks, and the first one opens it */
paintWith((live) => {
  const mine = [...live].filter(([name, one]) => name.startsWith("call:") && one && [...(one.ringing ?? []), ...(one.agents ?? [])].includes(facts.me));
  const now = mine.map(([name, one]) => `${name}${one.state}`).sort().join();
  if (now === signature) return;
  const isFirst = signature === null;
  signature = now;
  if (mine.length && !narrow.matches && read("open", null) === null) open();
  else askAgain();
  if (isFirst) return;
  // the ledger writes down a moment later what has ended
  for (const delay of [1500, 5000]) setTimeout(countAgain, delay);
});

function countAgain() {
  window.htmx.trigger(missed, "missed-again");
  askAgain();
}

document.addEventListener("figures", askAgain);
document.addEventListener("missed-seen", () => { if (!panel.hidden) ask(); });
missed?.addEventListener("htmx:afterSettle", () => {
  document.getElementById("journal-seen").hidden = !missed.querySelector(".bell-count");
});
mark();
if (read("open", false)) open();
