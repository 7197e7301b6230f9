/* A POST-IT arrives: it is shown at once, and the bell counts again (it asks by htmx itself). */
import { toast } from "./toasts.js";

export function installNotes() {
  document.addEventListener("note", (event) => {
    toast({ level: "sent", text: event.detail.text, about: `note-${event.detail.id}`, stays: 12000 });
  });
}
