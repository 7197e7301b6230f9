/* data-opens="id" opens that <dialog>, data-closes closes the one around it; a click beside it does too. */
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
  // what HTMX has put into a dialog opens it; not a part of it that comes late, after it was closed
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.detail.target;
    if (dialog?.matches?.("dialog[data-opens-itself]") && !dialog.open) dialog.showModal();
  });
}

function isBeside(event, dialog) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
