/* Statistics: definitions stay within the window and go by Escape; on paper everything is open. */
import { pageWidth } from "../ui/view.js";

const MARGIN = 8;

function settle(defined) {
  const told = defined.querySelector(".definition");
  told.style.translate = "";
  const box = told.getBoundingClientRect();
  if (!box.width) return;
  const right = box.right - (pageWidth() - MARGIN);
  const left = MARGIN - box.left;
  const shift = right > 0 ? -Math.min(right, box.left - MARGIN) : Math.max(0, left);
  const below = box.bottom - (window.innerHeight - MARGIN);
  const lift = below > 0 ? -(box.height + defined.getBoundingClientRect().height + MARGIN) : 0;
  told.style.translate = `${shift}px ${lift}px`;
}

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const defined = event.target.closest?.(".defined");
    if (!defined) return;
    if (kind === "focusin" || !defined.contains(event.relatedTarget)) defined.classList.remove("is-dismissed");
    // after the focus has scrolled a table
    requestAnimationFrame(() => settle(defined));
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const one of document.querySelectorAll(".defined:is(:hover, :focus-within)")) one.classList.add("is-dismissed");
});

// a chart that is wider than its box is moved by the arrow keys, too
const charts = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const one of document.querySelectorAll(".chart-scroll")) charts.observe(one);

// a table that is wider than its box fades where more columns stand
function tellMore(box) {
  box.classList.toggle("has-more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
}
const tables = new ResizeObserver((entries) => { for (const { target } of entries) tellMore(target); });
for (const one of document.querySelectorAll(".table-scroll")) {
  tables.observe(one);
  one.addEventListener("scroll", () => tellMore(one), { passive: true });
}

// what is folded away on the screen belongs on paper
const opened = [];
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll(".stats-page details:not(.menu, [open])")) {
    one.open = true;
    opened.push(one);
  }
});
addEventListener("afterprint", () => { for (const one of opened.splice(0)) one.open = false; });
document.querySelector("[data-prints]")?.addEventListener("click", () => print());
