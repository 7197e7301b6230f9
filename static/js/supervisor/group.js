/* One group: who waits, who serves, and what the supervisor can do about it. */
import { setClock } from "../live/clock.js";
import { agentRow, tileOf, waitingOf } from "../live/derive.js";
import { facts, paintWith, start, words } from "../live/page.js";
import { fill, keyed, setAttribute, setHidden, setLook, setText, setTone, showFor, slot } from "../live/paint.js";
import { paintMyState } from "../live/my_state.js";
import { paintParked } from "../live/parked.js";
import { keepToday } from "../live/today.js";
import { unpend } from "../ui/orders.js";
import { paintFigures, paintHours, paintNow } from "./tile.js";

const root = document.getElementById("group");
const group = facts.groups.find(({ id }) => id === Number(root.dataset.group));
const groupNames = new Map(facts.group_names);
const waitingTemplate = document.getElementById("waiting-row");

function paint(live, now) {
  paintNow(root, tileOf(live, group, now, words));
  paintFigures(root, group);
  paintHours(document.querySelector(".page-head"), group, words);
  paintWaiting(live);
  paintParked(live, words, { group: group.id });
  for (const row of document.querySelectorAll(".agent-row")) paintAgent(live, row);
}

function paintWaiting(live) {
  const callers = waitingOf(live, group.queues, words);
  setHidden(document.getElementById("waiting-none"), callers.length > 0);
  keyed(document.getElementById("waiting"), waitingTemplate, callers, ({ key }) => key, (row, caller) => {
    fill(row, {
      place: String(caller.place), title: caller.title, subtitle: caller.subtitle,
      group: facts.queue_labels[caller.queue] ?? "", priority: String(caller.priority),
    });
    setHidden(slot(row, "priority"), !caller.priority);
    setClock(slot(row, "since"), caller.since);
  });
}

function paintAgent(live, row) {
  const agent = agentRow(live, Number(row.dataset.agent), words, facts.reasons, groupNames, group.id);
  setLook(slot(row, "look"), agent.look);
  setTone(slot(row, "avatar"), agent.look.tone);
  setText(slot(row, "detail"), agent.detail);
  setClock(slot(row, "since"), agent.since);
  setText(slot(row, "call-title"), agent.call?.title ?? "");
  setText(slot(row, "call-group"), agent.call?.group ?? "");
  const hangUp = slot(row, "hang-up");
  if (hangUp) setAttribute(hangUp, "hx-vals", JSON.stringify({ call: agent.call?.key ?? "" }));
  if (row.dataset.state === agent.state) return;
  row.dataset.state = agent.state;
  showFor(row, agent.state);
  unpend(row);
}

paintWith(paint);
paintMyState(facts.me, words);
keepToday(facts.groups);
start();
