/* More about something, shown while it is pointed at or has the focus: `data-detail="id"` on it names a
   hidden element that says it, which `aria-describedby` names, too. One box, above everything. */
import { pageWidth } from "./view.js";

const DELAY = 350; // ms; nothing opens for a pointer that only passes
const EDGE = 8;

export function installDetail() {
  let box = null;
  let owner = null;
  let waiting = 0;

  const ofEvent = (event) => event.target.closest?.("[data-detail]");

  function show(one) {
    const told = document.getElementById(one.dataset.detail);
    if (!told || !one.isConnected) return;
    if (!box) {
      box = document.createElement("div");
      box.className = "detail";
      box.popover = "manual";
      box.setAttribute("aria-hidden", "true"); // it is heard as the description
      document.body.append(box);
      box.addEventListener("pointerleave", leave);
    }
    owner = one;
    box.replaceChildren(...[...told.childNodes].map((child) => child.cloneNode(true)));
    box.showPopover?.();
    stand(one.getBoundingClientRect());
  }

  /** Below what it is about, or above where there is more room; never over an edge. */
  function stand(about) {
    const { width, height } = box.getBoundingClientRect();
    const left = Math.min(about.left, pageWidth() - width - EDGE);
    const isBelow = about.bottom + height + EDGE < innerHeight || about.top < height + EDGE;
    box.style.left = `${Math.max(EDGE, left)}px`;
    box.style.top = `${isBelow ? about.bottom + 4 : about.top - height - 4}px`;
  }

  function hide() {
    clearTimeout(waiting);
    if (owner) box.hidePopover?.();
    owner = null;
  }

  /** Not at once: the pointer may be on its way into the box. */
  function leave() {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (!box?.matches(":hover") && !owner?.matches(":hover, :focus-visible")) hide(); }, 120);
  }

  document.addEventListener("pointerover", (event) => {
    const one = event.pointerType === "mouse" ? ofEvent(event) : null;
    if (!one || one === owner) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => show(one), owner ? 0 : DELAY);
  });
  document.addEventListener("pointerout", (event) => {
    const one = ofEvent(event);
    if (one && !one.contains(event.relatedTarget)) leave();
  });
  document.addEventListener("focusin", (event) => {
    const one = ofEvent(event);
    if (one?.matches(":focus-visible")) show(one);
    else if (owner && !owner.matches(":hover")) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !owner) return;
    hide();
    event.stopPropagation();
  }, true);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("htmx:afterSettle", () => { if (owner && !owner.isConnected) hide(); });
}
