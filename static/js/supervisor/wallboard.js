/* The wallboard: the tiles, large, for a screen that nobody touches. */
import { serverNow } from "../live/clock.js";
import { tileOf } from "../live/derive.js";
import { facts, paintWith, start, words } from "../live/page.js";
import { setText } from "../live/paint.js";
import { keepToday } from "../live/today.js";
import { paintFigures, paintHours, paintNow } from "./tile.js";

const nodes = new Map([...document.querySelectorAll(".wall-tile")].map((node) => [Number(node.dataset.group), node]));
const time = document.getElementById("wall-time");
const writeTime = new Intl.DateTimeFormat(document.documentElement.lang, {
  timeStyle: "short", hourCycle: "h23", timeZone: time.dataset.zone || undefined,
});

paintWith((live, now) => {
  for (const group of facts.groups) {
    const node = nodes.get(group.id);
    if (!node) continue;
    const tile = tileOf(live, group, now, words);
    paintNow(node, tile);
    node.classList.toggle("is-late", tile.isLate);
    paintHours(node, group, words);
    paintFigures(node, group);
  }
});
setInterval(() => setText(time, writeTime.format(serverNow() * 1000)), 1000);
keepToday(facts.groups);
start();

// a screen that must not fall asleep
navigator.wakeLock?.request("screen").catch(() => {});
// and must not run last month's page for ever
setTimeout(() => location.reload(), 6 * 3600 * 1000);
