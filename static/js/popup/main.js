/* Who rings my phone, bottom right, on every page, before it is answered. One box per call, made for
   it and thrown away with it: nothing of one caller is ever shown for another. */
import { setHandset } from "../dialling/handset.js";
import { setClock } from "../live/clock.js";
import { showCaller } from "../live/format.js";
import { facts, paintWith, words } from "../live/page.js";
import { setAttribute, setHidden, setText, slot } from "../live/paint.js";
import { choice, groupLink, isOnHere, loadChoice } from "./choice.js";
import { filled, keywordsOf } from "./links.js";
import { closeNotification, notify } from "./notify.js";

const region = document.getElementById("popups");
const template = document.getElementById("popup-template");
const boxes = new Map(); // call key -> its box
const dismissed = new Set();
const answered = new Set();
const opened = new Set();

/** Calls that ring this agent's phone: other people's, never one's own. */
function ringingFor(live, me) {
  const found = [];
  for (const [key, call] of live) {
    if (key.startsWith("call:") && (call.ringing ?? []).includes(me) && call.direction !== "out") found.push([key, call]);
  }
  return found;
}

function paint(live) {
  const ringing = ringingFor(live, facts.me);
  const keys = new Set(ringing.map(([key]) => key));
  for (const key of [...boxes.keys()]) if (!keys.has(key)) remove(key);
  for (const key of dismissed) if (!live.has(key)) dismissed.delete(key);
  for (const [key, call] of ringing) {
    const isNew = !boxes.has(key) && !dismissed.has(key);
    if (isNew) begin(key, call);
    if (boxes.has(key)) fill(boxes.get(key), key, call);
    if (isNew) notify(key, call, words);
  }
  for (const [key, call] of live) {
    if (!key.startsWith("call:") || call.direction !== "in" || !(call.agents ?? []).includes(facts.me)) continue;
    if (!answered.has(key)) { answered.add(key); arrange("answer", key, call); }
  }
  explainOnDesk(live);
  for (const set of [answered, opened]) for (const key of set) if (!live.has(key.split(" ")[0])) set.delete(key);
}

/** The desk's call card asks whose name it shows, and saves a number that nobody has. */
function explainOnDesk(live) {
  const card = document.getElementById("call");
  const why = card && slot(card, "why");
  if (!why) return;
  const call = live.get(card.dataset.call);
  const number = call?.direction === "out" ? call.dialled : call?.caller?.number;
  setHidden(why, !number || call.direction === "internal");
  setAttribute(why, "hx-vals", JSON.stringify({ number: number ?? "", group: call?.group_id ?? "" }));
  setHandset(slot(card, "dial"), number, call?.direction === "out" ? call.shown?.dialled : call?.shown?.caller);
}

function begin(key, call) {
  arrange("ring", key, call);
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

function fill(box, key, call) {
  const [title, subtitle] = showCaller(call, words);
  setText(slot(box, "title"), title);
  setText(slot(box, "subtitle"), subtitle);
  setHandset(slot(box, "dial"), call.caller?.number, call.shown?.caller);
  setText(slot(box, "group"), groupName(call));
  setHidden(slot(box, "group"), !groupName(call));
  setText(slot(box, "dialled"), call.shown?.dialled ?? "");
  setHidden(box.querySelector("[data-fact=dialled]"), !call.shown?.dialled);
  setClock(slot(box, "waited"), call.joined_at ?? call.started_at);
  const link = linkOf(call);
  setHidden(slot(box, "link"), !link);
  if (link) slot(box, "link").href = link;
  load(box, key, call);
}

/** Notes, last calls and where the name comes from: asked for once for each number of the call. */
function load(box, key, call) {
  const number = call.caller?.number ?? "";
  const asked = `${number}|${call.group_id ?? ""}`;
  if (box.dataset.asked === asked) return;
  box.dataset.asked = asked;
  const query = new URLSearchParams({ number, group: call.group_id ?? "", call: key.slice(5) });
  slot(box, "card").href = `${region.dataset.cardUrl}?${query}`;
  const why = slot(box, "why");
  setHidden(why, !number || call.direction !== "in");
  why.setAttribute("hx-get", `${region.dataset.explainUrl}?${query}`);
  globalThis.htmx?.process(why);
  for (const [name, url] of [["notes", region.dataset.notesUrl], ["calls", region.dataset.callsUrl]]) {
    const part = slot(box, name);
    part.replaceChildren();
    if (!number || !url) continue;
    fetch(`${url}?${query}`, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => {
        if (!box.isConnected || box.dataset.asked !== asked) return; // another call by now
        const parsed = new DOMParser().parseFromString(html, "text/html");
        part.replaceChildren(...parsed.body.childNodes);
        globalThis.htmx?.process(part);
      })
      .catch(() => {});
  }
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
