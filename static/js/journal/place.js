/* Where the journal stands: the corner nearest to where it was last, and as large as it was. No DOM. */
export const SMALLEST = { width: 280, height: 200 };
export const AT_FIRST = { x: 1000, y: 1000, width: 320, height: 300 };
const GAP = 12;

/** The middle of a box in thousandths of the view, so that it means the same on every screen. */
export function middle(box, view) {
  const part = (at, size, whole) => Math.round(1000 * Math.min(1, Math.max(0, (at + size / 2) / whole)));
  return { x: part(box.left, box.width, view.width), y: part(box.top, box.height, view.height) };
}

/** The corner that is nearest to such a middle: "top left" ... */
export function nearestCorner({ x, y }) {
  return `${y < 500 ? "top" : "bottom"} ${x < 500 ? "left" : "right"}`;
}

/** Where a window of this size stands in that corner, `head` pixels below the top of the view. */
export function placed(corner, size, view, head = 0) {
  const width = Math.max(SMALLEST.width, Math.min(size.width, view.width - 2 * GAP));
  const height = Math.max(SMALLEST.height, Math.min(size.height, view.height - head - 2 * GAP));
  const [y, x] = corner.split(" ");
  return {
    width,
    height,
    left: x === "left" ? GAP : Math.max(0, view.width - width - GAP),
    top: y === "top" ? head + GAP : Math.max(0, view.height - height - GAP),
  };
}

/** A box that is moved stays within reach. */
export function kept(box, view) {
  return {
    ...box,
    left: Math.min(Math.max(box.left, 0), Math.max(0, view.width - box.width)),
    top: Math.min(Math.max(box.top, 0), Math.max(0, view.height - 48)),
  };
}
