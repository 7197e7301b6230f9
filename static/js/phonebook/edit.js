/* Rows of numbers and further fields: one more at a press, like the empty one of the page. */
for (const section of document.querySelectorAll("[data-rows]")) {
  const total = section.querySelector(`[name="${section.dataset.rows}-TOTAL_FORMS"]`);
  const blank = section.querySelector("template");
  const button = section.querySelector("[data-adds-row]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const place = Number(total.value);
    const row = document.createElement("template");
    row.innerHTML = blank.innerHTML.replaceAll("__prefix__", String(place));
    blank.before(row.content);
    total.value = String(place + 1);
    blank.previousElementSibling.querySelector("input").focus();
  });
}
