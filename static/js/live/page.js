/* The live side of a page: one socket, one merged document, painters that are called when it changed. */
import { follow, freezeAt, serverNow, startAt, tick } from "./clock.js";
import { merged } from "./document.js";
import { showLink } from "./link.js";
import { LiveSocket } from "./socket.js";

const json = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "{}");
export const words = json("words");
export const facts = json("facts");

const painters = [];
let entities = new Map();
let isDirty = false;
let isPlanned = false;
let socket = null;
let isComplete = false;

/** `painter(live, now)` runs when something changed, and each second for what time alone changes. */
export function paintWith(painter) {
  painters.push(painter);
}

/** Paints now, from what is known: after facts have changed. */
export function repaint() {
  plan();
}

export function start() {
  const url = document.querySelector('meta[name="live-socket"]')?.content;
  startAt(Number(document.querySelector("[data-now]")?.dataset.now));
  tick();
  setInterval(tick, 250);
  setInterval(plan, 1000);
  if (!url) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new LiveSocket(`${scheme}//${location.host}${url}`, {
    changed() { isDirty = true; plan(); },
    link(state, since) {
      freezeAt(state === "live" ? null : since);
      showLink(state, since, entities.get("pbx"));
    },
    // the answer replaces the "sent" about the same agent
    toast(frame) {
      const about = frame.agent ? String(frame.agent) : "";
      document.dispatchEvent(new CustomEvent("toast", { detail: { about, ...frame } }));
    },
    figures(frame) { document.dispatchEvent(new CustomEvent("figures", { detail: frame })); },
    // what else concerns this person: each room listens for its own
    other(frame) { document.dispatchEvent(new CustomEvent(frame.type, { detail: frame })); },
  });
  follow(() => socket.now());
  socket.open();
}

function plan() {
  if (isPlanned) return;
  isPlanned = true;
  // a hidden page gets no animation frames, but its phone rings all the same
  if (document.hidden) setTimeout(paint, 0);
  else requestAnimationFrame(paint);
}

function paint() {
  isPlanned = false;
  if (isDirty) merge();
  if (!isComplete) return; // until the first snapshot the server's own first paint stands
  const now = serverNow();
  for (const painter of painters) painter(entities, now);
}

function merge() {
  isDirty = false;
  entities = merged(socket.documents.values());
  isComplete ||= [...socket.documents.values()].some((stream) => stream.version !== null);
  showLink(socket.link ?? "live", socket.heardAt, entities.get("pbx"));
}
