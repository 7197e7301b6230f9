/* The handset beside a number that a script writes; `{% dial_slot %}` put it there, hidden. */
import { setAttribute, setHidden, setText } from "../live/paint.js";

/** Calls `number` when pressed; is not there for what cannot be called. */
export function setHandset(link, number, shown = "") {
  if (!link) return;
  const isNumber = /^\+?\d{2,18}$/.test(number ?? "");
  setHidden(link, !isNumber);
  if (!isNumber) return;
  const words = link.dataset.word.replace("%(number)s", shown || number);
  setAttribute(link, "href", `tel:${number}`);
  setAttribute(link, "data-dial", number);
  setAttribute(link, "title", words);
  setText(link.querySelector(".visually-hidden"), words);
}
