/* Every clock of the page ticks from the server's time, never from this computer's own. */
import { clock } from "./format.js";

let offset = 0; // server minus this computer, seconds: as the page was written
let source = null; // the socket's clock, once there is one
let frozenAt = null;

export const serverNow = () => frozenAt ?? source?.() ?? Date.now() / 1000 + offset;

/** The server's time when the page was written: a first guess until the socket speaks. */
export function startAt(now) {
  if (Number.isFinite(now)) offset = now - Date.now() / 1000;
}

export function follow(now) {
  source = now;
}

/** While nothing is known, clocks stand still at the last instant that is known. */
export function freezeAt(instant) {
  frozenAt = instant;
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
  const seconds = until ? Number(until) - now : since ? now - Number(since) : null;
  const text = clock(seconds);
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
