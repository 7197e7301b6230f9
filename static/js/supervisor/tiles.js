/* The live screen: one tile per group; what is shown and in which order stands in the address. */
import { setClock } from "../live/clock.js";
import { countStates, tileOf, waitingOf } from "../live/derive.js";
import { facts, paintWith, repaint, start, words } from "../live/page.js";
import { setAttribute, setHidden, setText, slot } from "../live/paint.js";
import { paintMyState } from "../live/my_state.js";
import { paintParked } from "../live/parked.js";
import { keepToday } from "../live/today.js";
import { paintFigures, paintHours, paintNow } from "./tile.js";

const root = document.getElementById("live");
const list = document.getElementById("tiles");
const nodes = new Map([...list.children].map((node) => [Number(node.dataset.group), node]));

const FITS = {
  all: () => true,
  open: (group) => group.hours.state !== "closed",
  closed: (group) => group.hours.state === "closed",
  waiting: (_, tile) => tile.waiting > 0,
};
const byName = (a, b) => a.group.name.localeCompare(b.group.name, document.documentElement.lang);
const ORDERS = {
  name: byName,
  waiting: (a, b) => b.tile.waiting - a.tile.waiting || byName(a, b),
  longest: (a, b) => (a.tile.longestSince ?? Infinity) - (b.tile.longestSince ?? Infinity) || byName(a, b),
  level: (a, b) => (a.group.figures.service_level ?? 101) - (b.group.figures.service_level ?? 101) || byName(a, b),
};

function paint(live, now) {
  const entries = facts.groups.map((group) => ({ group, tile: tileOf(live, group, now, words) }));
  for (const { group, tile } of entries) {
    const node = nodes.get(group.id);
    if (!node) continue;
    paintNow(node, tile);
    paintHours(node, group, words);
    paintFigures(node, group);
  }
  arrange(entries);
  paintParked(live, words);
  paintSum(live);
}

function arrange(entries) {
  const fits = FITS[root.dataset.show] ?? FITS.all;
  const ordered = [...entries].sort(ORDERS[root.dataset.sort] ?? byName);
  let shown = 0;
  let at = list.firstElementChild;
  for (const { group, tile } of ordered) {
    const node = nodes.get(group.id);
    if (!node) continue;
    const isShown = fits(group, tile);
    shown += Number(isShown);
    setHidden(node, !isShown);
    if (node === at) at = at.nextElementSibling;
    else if (!node.contains(document.activeElement)) list.insertBefore(node, at);
  }
  setHidden(document.getElementById("tiles-none"), shown > 0);
}

function paintSum(live) {
  const queues = facts.groups.flatMap((group) => group.queues);
  const waiting = waitingOf(live, queues, words);
  const starts = waiting.map((caller) => caller.since).filter((since) => since !== null && since !== undefined);
  const sum = root.querySelector(".live-sum");
  setText(slot(sum, "waiting"), String(waiting.length));
  setClock(slot(sum, "longest"), starts.length ? Math.min(...starts) : null);
  const members = new Set(facts.groups.flatMap((group) => group.members));
  const counts = countStates([...members].map((id) => live.get(`agent:${id}`)?.state ?? "unknown"), words);
  for (const box of sum.querySelectorAll("[data-count]")) {
    const entry = counts.find(({ state }) => state === box.dataset.count);
    setText(slot(box, "count"), String(entry?.count ?? 0));
  }
}

/** Filter and order change without a new page; the address says them, so a link keeps them. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-show], a[data-sort]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const name = link.dataset.show ? "show" : "sort";
  root.dataset[name] = link.dataset[name];
  const url = new URL(location.href);
  url.searchParams.set(name, link.dataset[name]);
  history.replaceState(null, "", url);
  for (const other of document.querySelectorAll(`a[data-${name}]`)) {
    if (other === link) setAttribute(other, "aria-current", "true");
    else other.removeAttribute("aria-current");
  }
  if (name === "sort") setText(document.querySelector('[data-slot="sort-word"]'), link.textContent);
  repaint();
});

paintWith(paint);
paintMyState(facts.me, words);
keepToday(facts.groups);
start();
