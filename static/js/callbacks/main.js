/* The worklist of lost calls: leases given back, a list that does not jump. */
import "./news.js";
import "../dialling/call_back.js";

const list = document.getElementById("callbacks");
const drawer = document.getElementById("callback-drawer");

/* A refused question may come with words instead of a list: nothing of them is lost. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target === drawer && detail.xhr.status === 404) drawer.close();
});

drawer?.addEventListener("close", () => {
  const held = drawer.querySelector("#callback-held");
  if (held) window.htmx.ajax("POST", held.dataset.release, { swap: "none" });
  drawer.replaceChildren();
});

const again = () => document.getElementById("callbacks-again");
document.getElementById("callbacks-now")?.addEventListener("click", () => window.htmx.trigger(again(), "callbacks-again"));

/* Nobody is moved away from what he is about to press: htmx puts the focus back by id. */
list?.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === again() && document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && again()) window.htmx.trigger(again(), "callbacks-again");
});

/* Dates go with their period. */
const form = document.querySelector(".callbacks-filters");
form?.addEventListener("change", (event) => {
  if (event.target.name !== "period" || event.target.value === "dates") return;
  for (const name of ["since", "until"]) form.elements.namedItem(name).value = "";
}, true);
