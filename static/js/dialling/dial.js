/* A handset beside a number, and every `tel:` link of ours, calls by the phone of whoever clicks.
   Without this module, or without the right to call, they are plain `tel:` links. */
const PATIENCE = 3000;
const url = document.querySelector('meta[name="dial"]')?.content;

if (url) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-dial]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    if (link.getAttribute("aria-busy") === "true") return;
    busy(link);
    const { dial: number, about = "" } = link.dataset;
    htmx.ajax("POST", url, { source: link, swap: "none", values: { number, about } });
  }, true);
}

/** A second click on the same handset within the blink of an eye is the first one. */
function busy(link) {
  link.setAttribute("aria-busy", "true");
  setTimeout(() => link.removeAttribute("aria-busy"), PATIENCE);
}

const menu = document.getElementById("dial-menu");
menu?.addEventListener("toggle", () => {
  if (menu.open) menu.querySelector("input[name=number]")?.focus();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (menu?.open && menu.contains(event.detail.target)) menu.querySelector("input[name=number]")?.focus();
});
menu?.addEventListener("htmx:afterRequest", (event) => {
  // not for the choice inside it, which is kept by a request of its own
  const form = event.detail.elt;
  const isDialled = event.detail.xhr?.status === 204; // a refusal (422) leaves what was typed
  if (!form.matches("form[data-dial-form]") || !isDialled) return;
  form.elements.number.value = "";
  form.elements.private.checked = false;
  menu.open = false;
});

const claim = document.querySelector("[data-claim-tel]");
if (claim) {
  if (!navigator.registerProtocolHandler) claim.hidden = true;
  claim.addEventListener("click", () => {
    navigator.registerProtocolHandler("tel", new URL(`${url}?number=%s`, location.href).href);
  });
}
