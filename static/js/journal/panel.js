/* The journal window: opens with the session's first call, stays until it is closed, is never emptied.
   Place and size are kept for each person in this browser; the session ends with the tab. */
import { facts, paintWith } from "../live/page.js";
import { kept, nearestCorner, placed } from "./place.js";

const panel = document.getElementById("journal");
const list = document.getElementById("journal-list");
const key = `journal-${panel.dataset.user}`;
const read = (store, name, otherwise) => {
  try { return JSON.parse(store.getItem(`${key}-${name}`)) ?? otherwise; } catch { return otherwise; }
};
const keep = (store, name, value) => {
  try { store.setItem(`${key}-${name}`, JSON.stringify(value)); } catch { /* private windows keep nothing */ }
};
const view = () => ({ width: document.documentElement.clientWidth, height: innerHeight });
const began = read(sessionStorage, "began", Math.floor(Date.now() / 1000));
keep(sessionStorage, "began", began);
let which = read(sessionStorage, "which", "session");
let signature = "";

function put({ left, top, width, height }) {
  Object.assign(panel.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

function box() {
  const { left, top, width, height } = panel.getBoundingClientRect();
  return { left, top, width, height };
}

function standInCorner() {
  const last = read(localStorage, "box", { left: 1e4, top: 0, width: 360, height: 380 });
  const head = document.querySelector(".topbar")?.offsetHeight ?? 0;
  put(placed(nearestCorner(last, view()), last, view(), head));
}

function ask() {
  const url = which === "session" ? `${panel.dataset.url}?since=${began}` : panel.dataset.url;
  window.htmx.ajax("GET", url, { target: list });
}

function open() {
  keep(sessionStorage, "open", true);
  panel.hidden = false;
  standInCorner();
  ask();
}

function close() {
  if (!panel.hidden) keep(localStorage, "box", box());
  keep(sessionStorage, "open", false);
  panel.hidden = true;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#journal-open")) panel.hidden ? open() : close();
  else if (event.target.closest("#journal-close")) { close(); document.getElementById("journal-open")?.focus(); }
  const choice = event.target.closest("[data-journal]");
  if (choice) { which = choice.dataset.journal; keep(sessionStorage, "which", which); mark(); ask(); }
});

function mark() {
  for (const one of panel.querySelectorAll("[data-journal]")) one.setAttribute("aria-pressed", String(one.dataset.journal === which));
}

/* moved by its head; at its end it is where it was left until it is opened anew */
const head = document.getElementById("journal-head");
head.addEventListener("pointerdown", (event) => {
  if (event.target.closest("button") || event.button !== 0) return;
  const from = box();
  const move = ({ clientX, clientY }) =>
    put(kept({ ...from, left: from.left + clientX - event.clientX, top: from.top + clientY - event.clientY }, view()));
  const done = () => {
    head.removeEventListener("pointermove", move);
    keep(localStorage, "box", box());
  };
  head.setPointerCapture(event.pointerId);
  head.addEventListener("pointermove", move);
  head.addEventListener("lostpointercapture", done, { once: true });
});
new ResizeObserver(() => { if (!panel.hidden) keep(localStorage, "box", box()); }).observe(panel);
addEventListener("resize", () => { if (!panel.hidden) standInCorner(); });

/* my calls as they are now; when they change the window asks, and the first one opens it */
paintWith((live) => {
  const mine = [...live].filter(([name, one]) => name.startsWith("call:") && one && [...(one.ringing ?? []), ...(one.agents ?? [])].includes(facts.me));
  const now = mine.map(([name, one]) => `${name}${one.state}`).sort().join();
  if (now === signature) return;
  signature = now;
  if (mine.length && read(sessionStorage, "open", null) === null) open();
  else if (!panel.hidden) ask();
});
document.addEventListener("figures", () => { if (!panel.hidden) ask(); });
mark();
if (read(sessionStorage, "open", false)) open();
