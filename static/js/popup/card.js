/* Tabs of the customer card: arrows move, a tab asks for its content when it is first shown. */
const list = document.querySelector(".card-tabs");
const tabs = [...(list?.querySelectorAll("[role=tab]") ?? [])];

function choose(tab) {
  for (const one of tabs) {
    const isIt = one === tab;
    one.setAttribute("aria-selected", String(isIt));
    one.tabIndex = isIt ? 0 : -1;
    const panel = document.getElementById(one.getAttribute("aria-controls"));
    panel.hidden = !isIt;
    if (isIt) globalThis.htmx?.trigger(panel, "shown");
  }
}

list?.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) choose(tab);
});
list?.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = tabs.indexOf(document.activeElement);
  const next = event.key === "Home" ? tabs[0] : event.key === "End" ? tabs.at(-1) : step ? tabs[(at + step + tabs.length) % tabs.length] : null;
  if (!next || at < 0) return;
  event.preventDefault();
  next.focus();
  choose(next);
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submits]")) event.target.form.requestSubmit();
});
