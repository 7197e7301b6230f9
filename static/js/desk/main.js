/* The agent's desk, painted from the live document. */
import "../callbacks/news.js";
import "../dialling/call_back.js";
import { agentRow, tileOf, waitingOf } from "../live/derive.js";
import { facts, paintWith, start, words } from "../live/page.js";
import { fill, keyed, setAttribute, setHidden, setText, slot } from "../live/paint.js";
import { setClock } from "../live/clock.js";
import { paintParked, tellPlace } from "../live/parked.js";
import { keepToday } from "../live/today.js";
import { installAlerts, ring } from "./alerts.js";
import { paintCall } from "./call.js";
import { paintMe } from "./me.js";
import { unpend } from "../ui/orders.js";
import { setLook } from "../live/paint.js";

const groupNames = new Map(facts.groups.map((group) => [group.id, group.name]));
const byQueue = new Map(facts.groups.flatMap((group) => group.queues.map((queue) => [queue, group.name])));
const waitingTemplate = document.getElementById("waiting-row");
let lastCall = null;

function paint(live, now) {
  const agent = live.get(`agent:${facts.me}`);
  const me = agentRow(live, facts.me, words, facts.reasons, groupNames);
  paintMe(me, agent, facts.reasons, now);
  paintCall(me, agent);
  ring(me);
  paintGroups(live, agent, now);
  paintWaiting(live);
  paintParked(live, words, { by: facts.me });
  tellPlace(live, facts.me, words);
  if (lastCall !== null && agent?.call !== lastCall) refreshRecent();
  lastCall = agent?.call ?? null;
}

function paintGroups(live, agent, now) {
  for (const group of facts.groups) {
    const row = document.querySelector(`.my-group[data-group="${group.id}"]`);
    if (!row) continue;
    const tile = tileOf(live, group, now, words);
    const isIn = (agent?.groups ?? []).includes(group.id);
    fill(row, { waiting: String(tile.waiting) });
    const longest = slot(row, "longest");
    setClock(longest, tile.longestSince);
    longest.parentElement.classList.toggle("is-late", tile.isLate);
    const button = slot(row, "switch");
    if (button.getAttribute("aria-checked") !== String(isIn)) {
      setAttribute(button, "aria-checked", String(isIn));
      setAttribute(button, "hx-post", isIn ? button.dataset.outUrl : button.dataset.inUrl);
      globalThis.htmx?.process(button);
      unpend(row);
    }
    setLook(slot(row, "hours"), words.hours[group.hours.state] ?? words.hours.unknown);
  }
}

function paintWaiting(live) {
  const callers = waitingOf(live, [...byQueue.keys()], words);
  setText(document.querySelector('[data-slot="waiting-count"]'), String(callers.length));
  setHidden(document.getElementById("waiting-none"), callers.length > 0);
  keyed(document.getElementById("waiting"), waitingTemplate, callers, (caller) => caller.key, (row, caller) => {
    fill(row, {
      place: String(caller.place), title: caller.title, subtitle: caller.subtitle,
      group: byQueue.get(caller.queue) ?? "", priority: String(caller.priority),
    });
    setHidden(slot(row, "priority"), !caller.priority);
    setClock(slot(row, "since"), caller.since);
  });
}

/** The ledger writes a call a moment after it has ended. */
function refreshRecent() {
  for (const delay of [1500, 6000]) {
    setTimeout(() => globalThis.htmx?.trigger("#recent", "calls-changed"), delay);
  }
}

paintWith(paint);
installAlerts();
keepToday(facts.groups);
start();
