/* data-opens="id" opens that <dialog>, data-closes closes the one around it; a click beside it does too. */
import { installDrawers, mayShow } from "./drawers.js";

const fromWithin = new WeakSet(); // requests

export function installOverlays() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
      return;
    }
    const closer = event.target.closest?.("[data-closes]");
    if (closer) {
      closer.closest("dialog")?.close();
      return;
    }
    if (event.target instanceof HTMLDialogElement && isBeside(event, event.target)) event.target.close();
  });
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt, target, xhr } }) => {
    if (target?.matches?.("dialog[open]") && target.contains(elt)) fromWithin.add(xhr);
  });
  // what HTMX has put into a dialog opens it; not what was asked for within it and comes after it was closed
  document.addEventListener("htmx:afterSwap", ({ detail: { target: dialog, xhr, pathInfo, requestConfig } }) => {
    if (!dialog?.matches?.("dialog[data-opens-itself]") || dialog.open || fromWithin.has(xhr)) return;
    const url = requestConfig.verb === "get" ? pathInfo.finalRequestPath : "";
    if (!dialog.matches(".drawer") || mayShow(dialog, url)) dialog.showModal();
  });
  installDrawers();
}

function isBeside(event, dialog) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
