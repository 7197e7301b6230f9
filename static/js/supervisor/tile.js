/* What tiles, the group's page and the wallboard show alike. */
import { setClock } from "../live/clock.js";
import { figure, perCent } from "../live/format.js";
import { paintBar, paintCounts, setLook, setText, setTone, slot } from "../live/paint.js";

export function paintNow(root, tile) {
  setText(slot(root, "waiting"), String(tile.waiting));
  slot(root, "waiting-box")?.classList.toggle("has-some", tile.waiting > 0);
  setClock(slot(root, "longest"), tile.longestSince);
  slot(root, "longest-box")?.classList.toggle("is-late", tile.isLate);
  const loggedIn = slot(root, "logged-in");
  if (loggedIn) setText(loggedIn, String(tile.loggedIn));
  const counts = slot(root, "counts");
  if (counts && tile.counts.length) paintCounts(counts, tile.counts);
  paintBar(slot(root, "bar"), tile.counts);
}

export function paintHours(root, group, words) {
  setLook(slot(root, "hours"), words.hours[group.hours.state] ?? words.hours.unknown);
  setText(slot(root, "hours-words"), group.hours.words);
  root.classList.toggle("is-closed", group.hours.state === "closed");
}

export function paintFigures(root, group) {
  const figures = group.figures;
  for (const name of ["offered", "answered", "abandoned"]) {
    setText(root.querySelector(`[data-figure="${name}"]`), figure(figures[name]));
  }
  setText(root.querySelector('[data-figure="service_level"]'), perCent(figures.service_level));
  setTone(root.querySelector('[data-figure-box="abandoned"]'), figures.abandoned ? "bad" : "");
  setTone(root.querySelector('[data-figure-box="service_level"]'), isBelow(group) ? "warn" : "");
}

export function isBelow(group) {
  const level = group.figures.service_level;
  return level !== null && level !== undefined && level < group.target;
}
