/* Rows of numbers and further fields: one more at a press, like the empty one of the page. */
for (const section of document.querySelectorAll("[data-rows]")) {
  const total = section.querySelector(`[name="${section.dataset.rows}-TOTAL_FORMS"]`);
  const blank = section.querySelector("template");
  const button = section.querySelector("[data-adds-row]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const place = Number(total.value);
    const row = blank.content.cloneNode(true);
    for (const element of row.querySelectorAll("*")) {
      for (const { name, value } of [...element.attributes]) {
        if (value.includes("__prefix__")) {
          element.setAttribute(name, value.replaceAll("__prefix__", String(place)));
        }
      }
    }
    blank.before(row);
    total.value = String(place + 1);
    blank.previousElementSibling.querySelector("input").focus();
  });
}
