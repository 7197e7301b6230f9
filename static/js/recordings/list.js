/* The export button says what it exports: what is chosen, or all that the filters find. */
document.addEventListener("change", (event) => {
  if (event.target.name !== "chosen") return;
  const form = event.target.form;
  const button = form.querySelector("[data-export]");
  if (!button) return;
  const isChosen = form.querySelector('[name="chosen"]:checked') !== null;
  button.querySelector("[data-word]").textContent = isChosen ? button.dataset.exportChosen : button.dataset.export;
});
const period = document.querySelector(".calls-filters")?.elements.namedItem("period");
document.querySelector(".calls-filters")?.addEventListener("change", (event) => {
  if (event.target !== period || period.value === "dates") return;
  for (const name of ["since", "until"]) event.currentTarget.elements.namedItem(name).value = "";
}, true);
