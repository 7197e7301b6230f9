/* <details class="menu"> opens by itself; this keeps it in the window and closes it as a menu closes. */
import { pageWidth } from "./view.js";

const EDGE = 8;
const HEAD = 56; // the top bar covers what lies there

/** A panel hangs on its button; near an edge of the window it is moved back inside, or above it. */
function fit(panel) {
  panel.style.translate = "";
  const box = panel.getBoundingClientRect();
  const beyond = Math.max(0, box.right - (pageWidth() - EDGE));
  const shift = Math.max(EDGE - box.left, -beyond);
  const button = panel.parentElement.getBoundingClientRect();
  const isAbove = box.bottom > innerHeight - EDGE && box.top >= button.bottom && button.top - box.height > HEAD;
  const lift = isAbove ? button.top + button.bottom - box.height - 2 * box.top : 0; // as far above as it was below
  if (shift > 0 || beyond || isAbove) panel.style.translate = `${shift}px ${lift}px`;
}

export function installMenus() {
  // on a narrow screen the tab that one is at, or what is chosen of several, may be beyond the edge
  for (const here of document.querySelectorAll(":is(.tabs, .sidenav, .segments) > [aria-current]")) {
    const row = here.parentElement;
    if (row.scrollWidth <= row.clientWidth) continue;
    const before = here.getBoundingClientRect().left - row.getBoundingClientRect().left;
    row.scrollLeft += before - (row.clientWidth - here.offsetWidth) / 2;
  }
  const openMenus = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      const inside = menu.contains(event.target);
      const isDone = inside && event.target.closest(".menu-panel a, .menu-panel [data-menu-close]");
      if (inside && !isDone) continue;
      // the focus goes back to where the menu hangs, as it does by Escape
      if (menu.querySelector(".menu-panel")?.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const items = [...menu.querySelectorAll(".menu-item:not(:disabled)")];
      if (!items.length) return;
      const at = items.indexOf(document.activeElement);
      const step = event.key === "ArrowDown" ? 1 : -1;
      items[(at + step + items.length) % items.length].focus();
      event.preventDefault();
    }
  });
  // whoever tabs on leaves a closed menu behind; a dialog opened from it comes back to it
  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    const next = event.relatedTarget;
    if (!menu || !next || menu.contains(next)) return;
    if (next.closest("dialog:modal") === menu.closest("dialog:modal")) menu.open = false;
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.menu") || !event.target.open) return;
    const panel = event.target.querySelector(".menu-panel");
    if (panel) fit(panel);
    for (const menu of openMenus()) if (menu !== event.target && !menu.contains(event.target)) menu.open = false;
  }, true);
}
