/* Who rings my phone, bottom right, before it is answered, unless the desk's call card shows it and is in
   sight. One box per call, made for it and thrown away with it: nothing of one caller is ever shown for another. */
import { setHandset } from "../dialling/handset.js";
import { setClock } from "../live/clock.js";
import { isOwnCall } from "../live/derive.js";
import { clock, showCaller } from "../live/format.js";
import { facts, paintWith, words } from "../live/page.js";
import { setHidden, setText, slot } from "../live/paint.js";
import { load, region } from "./caller.js";
import { choice, groupLink, isOnHere, loadChoice } from "./choice.js";
import { about, callInSight, explainOnDesk, isMine, isWriting, linkOnDesk, take, tellOnDesk } from "./desk.js";
import { filled, keywordsOf } from "./links.js";
import { closeNotification, notify } from "./notify.js";

const template = document.getElementById("popup-template");
const boxes = new Map(); // call key -> its box
const dismissed = new Set();
const rung = new Set();
const answered = new Set();
const opened = new Set();

/** Calls that ring this agent's phone: other people's, never one's own. */
function ringingFor(live, me) {
  const found = [];
  const extension = live.get(`agent:${me}`)?.extension ?? "";
  for (const [key, call] of live) {
    if (key.startsWith("call:") && (call.ringing ?? []).includes(me) && !isOwnCall(call, extension)) found.push([key, call]);
  }
  return found;
}

function paint(live) {
  const onCard = callInSight(live);
  const rings = ringingFor(live, facts.me);
  for (const [key, call] of rings) {
    if (!rung.has(key)) { rung.add(key); arrange("ring", key, call); }
  }
  const ringing = rings.filter(([key]) => key !== onCard);
  const keys = new Set(ringing.map(([key]) => key));
  for (const key of [...boxes.keys()]) if (!keys.has(key)) leave(key, live.get(key), key === onCard);
  for (const key of dismissed) if (!live.has(key)) dismissed.delete(key);
  for (const [key, call] of ringing) {
    const isNew = !boxes.has(key) && !dismissed.has(key);
    if (isNew) begin(key);
    if (boxes.has(key)) fill(boxes.get(key), key, call, rangSince(live, key));
    if (isNew) notify(key, call, words);
  }
  for (const [key, call] of live) {
    if (!key.startsWith("call:") || call.direction !== "in" || !(call.agents ?? []).includes(facts.me)) continue;
    if (!answered.has(key)) { answered.add(key); arrange("answer", key, call); }
  }
  explainOnDesk(live);
  linkOnDesk(live, linkOf);
  tellOnDesk(live);
  for (const set of [rung, answered, opened]) for (const key of set) if (!live.has(key.split(" ")[0])) set.delete(key);
}

/** It rings no more, or on the card. Whoever answered at the desk goes on reading and writing there; elsewhere the box
    stays while a note in it is not kept. */
function leave(key, call, isOnCard) {
  const box = boxes.get(key);
  if (about && (isOnCard || isMine(call))) take(key, call, box);
  else if (isWriting(box)) {
    box.classList.remove("tone-ring");
    box.classList.add("tone-off");
    setHidden(box.querySelector(".call-word"), true);
    setHidden(slot(box, "rings"), true);
    setHidden(box.querySelector("[data-fact=waited]"), true);
    closeNotification(key);
    return;
  }
  remove(key);
}

function begin(key) {
  if (!choice().shows_popup || !isOnHere()) return;
  const box = template.content.firstElementChild.cloneNode(true);
  box.dataset.call = key;
  const title = slot(box, "title");
  title.id = `popup-title-${boxes.size}-${Date.now()}`;
  box.setAttribute("aria-labelledby", title.id);
  slot(box, "dismiss").addEventListener("click", () => { dismissed.add(key); remove(key); });
  boxes.set(key, box);
  region.append(box);
  setHidden(region, false);
}

function remove(key) {
  boxes.get(key)?.remove();
  boxes.delete(key);
  setHidden(region, boxes.size === 0);
  closeNotification(key);
}

/** Since when my phone rings for it; null where it rings beside another call. */
function rangSince(live, key) {
  const agent = live.get(`agent:${facts.me}`);
  return agent?.state === "ringing" && agent.call === key ? agent.since : null;
}

function fill(box, key, call, since) {
  const [title, subtitle] = showCaller(call, words);
  setText(slot(box, "title"), title);
  setText(slot(box, "subtitle"), subtitle);
  setHandset(slot(box, "dial"), call.caller?.number, call.shown?.caller);
  setText(slot(box, "group"), groupName(call));
  setHidden(slot(box, "group"), !groupName(call));
  setText(slot(box, "dialled"), call.shown?.dialled ?? "");
  setHidden(box.querySelector("[data-fact=dialled]"), !call.shown?.dialled);
  setHidden(slot(box, "rings"), since === null);
  setClock(slot(box, "rings"), since);
  const waits = since !== null && Boolean(call.joined_at);
  setHidden(box.querySelector("[data-fact=waited]"), !waits);
  setText(slot(box, "waited"), waits ? clock(since - call.joined_at) : "");
  const link = linkOf(call);
  setHidden(slot(box, "link"), !link);
  if (link) slot(box, "link").href = link;
  load(box, key, call);
}

const groupName = (call) => choice().groups?.[call.group_id]?.name ?? "";

function linkOf(call) {
  const { link, queue_only: queueOnly } = choice();
  const own = link && choice().link_when !== "never" && !(queueOnly && !call.queue) ? link : "";
  const found = own || (groupLink(call.group_id)?.link ?? "");
  return found ? filled(found, keywordsOf(call)) : null;
}

/** What the person wants opened when it rings, or when it is answered; in one tab only, once. */
function arrange(moment, key, call) {
  if (call.direction !== "in") return;
  const mine = choice();
  const wanted = [];
  if (mine.opens_card === moment) {
    wanted.push(`${region.dataset.cardUrl}?${new URLSearchParams({ number: call.caller?.number ?? "", group: call.group_id ?? "" })}`);
  }
  const own = mine.link && mine.link_when === moment && !(mine.queue_only && !call.queue) ? mine.link : "";
  const group = groupLink(call.group_id);
  const link = own || (group?.link_when === moment ? group.link : "");
  const url = link ? filled(link, keywordsOf(call)) : null;
  if (url) wanted.push(url);
  for (const one of wanted) openOnce(`${key} ${moment} ${one}`, one);
}

function openOnce(mark, url) {
  if (opened.has(mark)) return;
  opened.add(mark);
  const open = () => {
    const seen = JSON.parse(localStorage.getItem("popup-opened") ?? "[]");
    if (seen.includes(mark)) return;
    localStorage.setItem("popup-opened", JSON.stringify([...seen, mark].slice(-20)));
    // a window without an opener tells nobody that it was blocked, so the link to us is cut by hand
    const page = globalThis.open("about:blank", "_blank");
    if (!page) {
      document.dispatchEvent(new CustomEvent("toast", { detail: { level: "refused", text: region.dataset.blockedWord, about: "popup-blocked" } }));
      return;
    }
    page.opener = null;
    page.location.replace(url);
  };
  if (navigator.locks) navigator.locks.request("helin-popup-open", open);
  else open();
}

if (region && template && facts.me) {
  loadChoice(region.dataset.choiceUrl).then(() => paintWith(paint));
}
