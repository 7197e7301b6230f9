/* The box in the top bar: arrows choose among what was found, Enter goes there, Escape leaves. */
export function installBox() {
  const box = document.getElementById("box");
  const found = document.getElementById("found");
  if (!box || !found) return;
  let at = -1;
  let asked = "";      // what the choices below are for
  let isWaiting = false; // Enter was pressed before they came: a number just pasted is called
  const options = () => [...found.querySelectorAll("[role=option]")];
  const show = (isShown) => {
    found.hidden = !isShown;
    box.setAttribute("aria-expanded", String(isShown));
    if (!isShown) point(-1);
  };
  const point = (index) => {
    at = index;
    options().forEach((option, place) => {
      option.id = `found-${place}`;
      option.setAttribute("aria-selected", String(place === at));
    });
    if (at >= 0) box.setAttribute("aria-activedescendant", `found-${at}`);
    else box.removeAttribute("aria-activedescendant");
  };

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== found) return;
    show(Boolean(box.value.trim()) && found.childElementCount > 0);
    point(options().length ? 0 : -1);
    asked = box.value;
    const first = options()[0];
    if (isWaiting && first?.dataset.dial) take(first);
    isWaiting = false;
  });
  const take = (option) => {
    option.click();
    if (option.dataset.dial) { show(false); box.value = ""; }
  };
  box.addEventListener("keydown", (event) => {
    const all = options();
    if (event.key === "Escape") { show(false); box.value = ""; box.blur(); }
    else if (event.key === "+" && box.value.trim() && found.querySelector("[data-found-new]")) {
      event.preventDefault();
      found.querySelector("[data-found-new]").click();
    }
    else if (event.key === "Enter" && box.value !== asked) { event.preventDefault(); isWaiting = true; }
    else if (event.key === "Enter" && all[at]) { event.preventDefault(); take(all[at]); }
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length) {
      event.preventDefault();
      if (found.hidden) show(true);
      point((at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length);
      all[at].scrollIntoView({ block: "nearest" });
    }
  });
  box.addEventListener("input", () => { isWaiting = false; if (!box.value.trim()) show(false); });
  box.addEventListener("focus", () => { if (box.value.trim() && found.childElementCount) show(true); });
  document.addEventListener("pointerdown", (event) => {
    if (!found.contains(event.target) && event.target !== box) show(false);
  });
  box.addEventListener("blur", (event) => { if (!found.contains(event.relatedTarget)) show(false); });
}
