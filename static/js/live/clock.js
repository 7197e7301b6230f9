/* Every clock of the page ticks from the server's time, never from this computer's own. */
import { clock } from "./format.js";

let offset = 0; // server minus this computer, seconds
let best = Infinity; // the smallest delay seen is the truest offset
let frozenAt = null;

export const serverNow = () => frozenAt ?? Date.now() / 1000 + offset;

/** A frame says that it was `at` (epoch seconds) on the server when it was sent. */
export function heard(at) {
  if (typeof at !== "number") return;
  const apart = Date.now() / 1000 - at;
  // delays only ever add, so the smallest difference wins; let it drift slowly with bad clocks
  if (apart < best + 0.001) best = apart;
  else best += Math.min(0.005, apart - best);
  offset = -best;
}

/** The server's time when the page was written: a first guess until the socket speaks. */
export function startAt(now) {
  if (best === Infinity && Number.isFinite(now)) offset = now - Date.now() / 1000;
}

/** While nothing is known, clocks stand still. */
export function freeze(isFrozen) {
  if (!isFrozen) frozenAt = null;
  else if (frozenAt === null) frozenAt = serverNow();
}

export function setClock(element, since) {
  const text = since === null || since === undefined ? "" : String(since);
  if (element.dataset.since !== text) element.dataset.since = text;
  tickOne(element, serverNow());
}

export function setCountdown(element, until) {
  element.dataset.until = until === null || until === undefined ? "" : String(until);
  tickOne(element, serverNow());
}

function tickOne(element, now) {
  const { since, until } = element.dataset;
  let text = "-";
  if (until) text = clock(Number(until) - now + 0.999);
  else if (since) text = clock(now - Number(since));
  if (element.textContent !== text) element.textContent = text;
}

function tickBar(bar, now) {
  const since = Number(bar.dataset.since);
  const until = Number(bar.dataset.until);
  if (until > since) bar.value = Math.min(100, Math.max(0, (100 * (now - since)) / (until - since)));
}

export function tick() {
  const now = serverNow();
  for (const element of document.querySelectorAll(".clock")) tickOne(element, now);
  for (const bar of document.querySelectorAll("progress[data-until]")) tickBar(bar, now);
}

export function startTicking(onTick) {
  tick();
  setInterval(() => { tick(); onTick?.(serverNow()); }, 250);
}
