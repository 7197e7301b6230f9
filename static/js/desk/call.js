/* The call card: who calls, for which group, how long; then the wrap-up with its own clock. */
import { clock } from "../live/format.js";
import { setClock, setCountdown } from "../live/clock.js";
import { fill, setAttribute, setHidden, setText, setTone, showFor, slot } from "../live/paint.js";
import { showIcon, icon } from "../ui/icons.js";
import { unpend } from "../ui/orders.js";

let lastTitle = "";
let lastWrapUntil = null;

export function paintCall(me, agent) {
  const card = document.getElementById("call");
  if (!card) return;
  const wraps = me.state === "wrapping_up";
  const call = wraps ? null : me.call;
  const state = call ? call.state : wraps ? "wrapping_up" : "idle";
  card.dataset.call = call?.key ?? "";
  setTone(card, call ? call.look.tone : wraps ? "wrap" : "");
  if (card.dataset.state !== state) {
    card.dataset.state = state;
    setHidden(card.querySelector('[data-part="idle"]'), state !== "idle");
    setHidden(card.querySelector('[data-part="call"]'), !call);
    setHidden(card.querySelector('[data-part="wrap"]'), !wraps);
    showFor(card, state);
    unpend(card);
  }
  if (call) paintLive(card, call);
  else if (wraps) paintWrapUp(card, me, agent);
  else lastTitle = "";
}

function paintLive(card, call) {
  lastTitle = call.title;
  const part = card.querySelector('[data-part="call"]');
  fill(part, {
    word: call.look.word, group: call.group, title: call.title, subtitle: call.subtitle,
    dialled: call.dialled, direction: call.direction, waited: clock(call.waited),
  });
  const picture = slot(part, "icon");
  if (!picture.firstElementChild) picture.append(icon(call.look.icon));
  showIcon(picture.firstElementChild, call.look.icon);
  setClock(slot(part, "since"), call.since);
  setHidden(part.querySelector('[data-fact="dialled"]'), !call.dialled);
  setHidden(part.querySelector('[data-fact="waited"]'), call.waited === null);
  setAttribute(slot(part, "hang-up"), "hx-vals", JSON.stringify({ call: call.key }));
  paintRecording(part, call);
}

/** Whether the call is recorded, as the phone system says. */
function paintRecording(part, call) {
  for (const [state, name, paused] of [["on", "pause", "1"], ["paused", "resume", "0"]]) {
    setHidden(part.querySelector(`[data-fact="recording-${state}"]`), call.recording !== state);
    const button = slot(part, `recording-${name}`);
    if (button) setAttribute(button, "hx-vals", JSON.stringify({ call: call.key, paused }));
  }
}

function paintWrapUp(card, me, agent) {
  const part = card.querySelector('[data-part="wrap"]');
  setText(slot(part, "wrap-who"), lastTitle);
  if (agent?.wrap_until !== lastWrapUntil) unpend(part.closest("[data-pends]"));
  lastWrapUntil = agent?.wrap_until;
  setCountdown(slot(part, "wrap-until"), agent?.wrap_until ?? null);
  const bar = slot(part, "wrap-bar");
  bar.dataset.since = me.since ?? "";
  bar.dataset.until = agent?.wrap_until ?? "";
}
