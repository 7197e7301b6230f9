/* My state: word, since when, why, and what I can do about it. */
import { setClock } from "../live/clock.js";
import { setHidden, setText, setTone, showFor, slot } from "../live/paint.js";
import { showIcon } from "../ui/icons.js";
import { unpend } from "../ui/orders.js";

let before = "";

export function paintMe(me, agent, reasons, now) {
  const card = document.getElementById("me");
  if (!card) return;
  setTone(card, me.look.tone);
  setText(slot(card, "word"), me.look.word);
  setText(slot(card, "detail"), detailOf(me, agent, reasons));
  showIcon(slot(card, "icon").querySelector("svg"), me.look.icon);
  setClock(slot(card, "since"), me.since);
  card.classList.toggle("is-over", isOver(me, agent, reasons, now));

  const next = agent?.pause_after_call ?? null;
  const nextRow = slot(card, "next");
  setHidden(nextRow, next === null);
  setText(slot(nextRow, "next-reason"), next === null ? "" : reasons[next]?.name ?? next);

  const shown = `${me.state}|${agent?.reason}|${next}|${agent?.wrap_until}`;
  if (shown !== before) {
    before = shown;
    card.dataset.state = me.state;
    showFor(card, me.state);
    for (const menu of card.querySelectorAll("details[open]")) if (menu.hidden) menu.open = false;
    unpend(card);
  }
}

/** A pause says its reason and its limit. */
function detailOf(me, agent, reasons) {
  if (me.state !== "paused") return "";
  return reasons[agent?.reason]?.label ?? me.detail;
}

function isOver(me, agent, reasons, now) {
  const limit = reasons[agent?.reason]?.max_minutes;
  return me.state === "paused" && Boolean(limit) && now - me.since > limit * 60;
}
