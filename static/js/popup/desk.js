/* The desk goes on with what the popup began: whose name it is, last calls and notes. */
import { setHandset } from "../dialling/handset.js";
import { isUnderJournal } from "../journal/over.js";
import { isOwnCall } from "../live/derive.js";
import { showCaller } from "../live/format.js";
import { facts, words } from "../live/page.js";
import { setAttribute, setHidden, setText, slot } from "../live/paint.js";
import { toast } from "../ui/toasts.js";
import { askedOf, load, partyOf, queryOf, region } from "./caller.js";

export const about = document.getElementById("about"); // the desk's

export const isWriting = (root) => [...root.querySelectorAll("textarea")].some((text) => text.value.trim() !== text.defaultValue.trim());

export const isMine = (call) => (call?.agents ?? []).includes(facts.me) && call.direction !== "internal";

/** The desk's call card asks whose name it shows, and saves a number that nobody has. */
export function explainOnDesk(live) {
  const card = document.getElementById("call");
  const why = card && slot(card, "why");
  if (!why) return;
  const call = live.get(card.dataset.call);
  const extension = live.get(`agent:${facts.me}`)?.extension ?? "";
  const number = partyOf(call, extension);
  setHidden(why, !number || call.direction === "internal");
  const customer = slot(card, "card");
  setHidden(customer, !number || call.direction === "internal");
  if (number) setAttribute(customer, "href", `${region.dataset.cardUrl}?${queryOf(card.dataset.call, call, extension)}`);
  setAttribute(why, "hx-vals", JSON.stringify({ number: number ?? "", group: call?.group_id ?? "" }));
  setHandset(slot(card, "dial"), number, call && isOwnCall(call, extension) ? call.shown?.dialled : call?.shown?.caller);
}

/** The call that the desk's card shows, with room below for what is known of the caller; "" on other pages,
    and while a note about another is being written there. */
export function callOnCard(live) {
  const agent = about && live.get(`agent:${facts.me}`);
  const key = agent && agent.state !== "wrapping_up" ? agent.call ?? "" : "";
  return about?.dataset.call && about.dataset.call !== key && isWriting(about) ? "" : key;
}

/** The same where it can be read: "" while the journal lies over the name. */
export function callInSight(live) {
  const key = callOnCard(live);
  return key && !isUnderJournal(slot(document.getElementById("call"), "title")) ? key : "";
}

/** The address of business software for the call on the card, as in a popup. */
export function linkOnDesk(live, linkOf) {
  const link = about && slot(document.getElementById("call"), "link");
  if (!link) return;
  const call = live.get(callOnCard(live));
  const url = call?.direction === "in" ? linkOf(call) : null;
  setHidden(link, !url);
  if (url) setAttribute(link, "href", url);
}

/** Last calls and notes of who rings or is talked with, below the desk's call card until the wrap-up is
    over. */
export function tellOnDesk(live) {
  if (!about) return;
  const state = document.getElementById("call").dataset.state;
  const [key, call] = [...live].find(([name, one]) => name.startsWith("call:") && isMine(one)) ?? ringingOnCard(live);
  if (call && about.dataset.call !== key) take(key, call, null);
  else if (call) load(about, key, call);
  else if (about.dataset.call && state === "idle" && !isWriting(about)) empty();
}

function ringingOnCard(live) {
  const key = callOnCard(live);
  const call = live.get(key);
  return call?.direction === "in" && (call.ringing ?? []).includes(facts.me) ? [key, call] : [];
}

/** What the popup has loaded, and what is being written there, comes along; what was being written here about
    this call, before the journal lay over it, goes on. */
export function take(key, call, box) {
  if (about.dataset.call === key && isWriting(about) && !(box && isWriting(box))) return;
  keepWriting();
  empty();
  about.dataset.call = key;
  setText(slot(about, "who"), whoOf(call));
  setHidden(about, false);
  if (box?.dataset.asked === askedOf(call) && slot(box, "notes").hasChildNodes()) {
    const focused = document.activeElement;
    about.dataset.asked = box.dataset.asked;
    for (const name of ["calls", "notes"]) slot(about, name).append(...slot(box, name).childNodes);
    // what is typed on must not become keys of the page
    if (about.contains(focused)) focused.focus();
  } else load(about, key, call);
}

const whoOf = (call) => (call.direction === "out" ? call.shown?.dialled_name || call.shown?.dialled : showCaller(call, words)[0]) ?? "";

/** The next caller takes the place: what was being written about the one before is not thrown away. */
function keepWriting() {
  const form = isWriting(about) && about.querySelector(".notes-write");
  if (!form) return;
  const text = form.querySelector("textarea").value;
  fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" }, keepalive: true })
    .then((answer) => { if (answer.status !== 200) throw new Error(answer.status); }) // 204: signed out
    .catch(() => {
      const { errorWord } = document.getElementById("toasts").dataset;
      toast({ level: "error", text: `${errorWord} \u201c${text}\u201d`, about: `note ${text}`, stays: 600_000 });
    });
}

function empty() {
  for (const name of ["calls", "notes"]) slot(about, name).replaceChildren();
  delete about.dataset.call;
  delete about.dataset.asked;
  setHidden(about, true);
}
