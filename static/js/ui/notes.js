/* A POST-IT arrives: it is shown at once, and the bell counts again (it asks by htmx itself). A note that is
   being written is kept by Ctrl+Enter. */
import { toast } from "./toasts.js";

export function installNotes() {
  document.addEventListener("note", (event) => {
    toast({ level: "sent", text: event.detail.text, about: `note-${event.detail.id}`, stays: 12000 });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.target.closest?.(".notes-write")?.requestSubmit();
  });
}
