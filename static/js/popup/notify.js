/* A notification while the tab is hidden. Allowed by a click in the settings, never asked at load; the
   desk has its own (desk/alerts.js). One for all tabs: the tag is the call's. */
import { showCaller } from "../live/format.js";
import { choice, isOnHere } from "./choice.js";

const notes = new Map();

export function notify(key, call, words) {
  if (document.getElementById("alert-notify") && document.getElementById("desk")) return;
  const mayTell = localStorage.getItem("alert-notify") === "on" && globalThis.Notification?.permission === "granted";
  if (!document.hidden || !mayTell || !isOnHere() || !choice().shows_popup) return;
  const [title, subtitle] = showCaller(call, words);
  const said = (words.ringing_title ?? "{name}").replace("{name}", title);
  const group = choice().groups?.[call.group_id]?.name ?? "";
  const note = new Notification(said, { body: [subtitle, group].filter(Boolean).join(" · "), tag: `helin-${key}`, requireInteraction: true });
  note.onclick = () => { globalThis.focus(); note.close(); };
  notes.set(key, note);
}

export function closeNotification(key) {
  notes.get(key)?.close();
  notes.delete(key);
}
