/* The call list: dates go with their period, and the export follows the filters. */
const form = document.querySelector(".calls-filters");
const period = form?.elements.namedItem("period");
const dates = ["since", "until"].map((name) => form?.elements.namedItem(name));

form?.addEventListener("change", (event) => {
  if (event.target !== period || period.value === "dates") return;
  for (const date of dates) date.value = "";
}, true);

document.addEventListener("htmx:afterSettle", () => {
  const wanted = new URLSearchParams(location.search);
  wanted.delete("older");
  wanted.delete("newer");
  for (const link of document.querySelectorAll("[data-follows-filters]")) link.search = wanted;
});
