/* Where the journal stands: the corner nearest to where it was last, and as large as it was. No DOM. */
export const SMALLEST = { width: 280, height: 200 };
const GAP = 12;

/** The corner of a view (width, height) that is nearest to the middle of a box: "top left" ... */
export function nearestCorner(box, view) {
  const x = box.left + box.width / 2 < view.width / 2 ? "left" : "right";
  const y = box.top + box.height / 2 < view.height / 2 ? "top" : "bottom";
  return `${y} ${x}`;
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
