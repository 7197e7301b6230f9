/* Orders are HTMX posts. A door answers with the header `HX-Trigger: {"toast": {level, text, about}}`;
   the tile itself changes only when the PBX says so, and looks pending until then. */
import { toast } from "./toasts.js";

const PATIENCE = 6000;

export function installOrders() {
  const words = document.getElementById("toasts")?.dataset ?? {};
  document.addEventListener("toast", (event) => {
    toast(event.detail);
    if (["refused", "error"].includes(event.detail.level)) unpendAll();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const target = event.detail.elt.closest("[data-pends]");
    if (target) pend(target);
  });
  document.addEventListener("htmx:responseError", (event) => {
    unpend(event.detail.elt.closest("[data-pends]"));
    const { status, responseURL } = event.detail.xhr;
    if (event.detail.xhr.getResponseHeader("HX-Trigger")?.includes("toast")) return;
    const text = status === 403 || status === 404 ? words.forbiddenWord : words.errorWord;
    toast({ level: "error", text, about: responseURL });
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      unpend(event.detail.elt.closest("[data-pends]"));
      toast({ level: "error", text: words.errorWord, about: "network" });
    });
  }
}

/** Looks pending until the live state changes it, or until nobody believes in it any more. */
export function pend(element) {
  element.classList.add("is-pending");
  element.setAttribute("aria-busy", "true");
  setTimeout(() => unpend(element), PATIENCE);
}

function unpendAll() {
  for (const element of document.querySelectorAll(".is-pending")) unpend(element);
}

export function unpend(element) {
  element?.classList.remove("is-pending");
  element?.removeAttribute("aria-busy");
}
