/* Answers to orders: said politely, gone after a while, kept while looked at. */
import { icon } from "./icons.js";

const LOOKS = {
  sent: ["tone-busy", "send", 2500],
  done: ["tone-ok", "circle-check", 4000],
  refused: ["tone-bad", "circle-alert", 9000],
  error: ["tone-bad", "circle-alert", 12000],
};

/** level: sent, done, refused or error. A toast with the same `about` replaces the one before it. */
export function toast({ level, text, about = "", stays = 0 }) {
  const region = document.getElementById("toasts");
  if (!region || !text) return;
  const [tone, picture, usual] = LOOKS[level] ?? LOOKS.sent;
  const box = document.createElement("div");
  box.className = `toast ${tone}`;
  box.dataset.toast = about;
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.className = "icon-btn";
  close.type = "button";
  close.dataset.toastClose = "";
  close.setAttribute("aria-label", region.dataset.closeWord);
  close.append(icon("x"));
  box.append(icon(picture), words, close);
  if (about) region.querySelector(`[data-toast="${CSS.escape(about)}"]`)?.remove();
  region.append(box);
  while (region.children.length > 4) region.firstElementChild.remove();
  leaveAfter(box, stays || usual);
}

function leaveAfter(box, stays) {
  let timer = setTimeout(() => box.remove(), stays);
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => box.remove(), stays); };
  box.addEventListener("pointerenter", hold);
  box.addEventListener("pointerleave", release);
  box.addEventListener("focusin", hold);
  box.addEventListener("focusout", release);
}

export function installToasts() {
  for (const box of document.querySelectorAll("#toasts > .toast")) leaveAfter(box, 8000);
  document.addEventListener("click", (event) => {
    event.target.closest?.("[data-toast-close]")?.closest(".toast").remove();
  });
}
