/* Callers who are parked: a list on the page, and the place told to who parked them. */
import { setClock } from "./clock.js";
import { parkedOf } from "./derive.js";
import { fill, keyed, setHidden, slot } from "./paint.js";

/** `wanted` as in parkedOf. */
export function paintParked(live, words, wanted = {}) {
  const box = document.getElementById("parked");
  if (!box) return;
  const calls = parkedOf(live, words, wanted);
  setHidden(box, !calls.length);
  keyed(document.getElementById("parked-list"), document.getElementById("parked-row"), calls, ({ key }) => key, (row, call) => {
    fill(row, { place: call.place, title: call.title, subtitle: call.subtitle, by: call.by });
    setClock(slot(row, "since"), call.since);
  });
}

let told = null; // what was parked before the page was opened is not told again

export function tellPlace(live, me, words) {
  const mine = parkedOf(live, words, { by: me });
  for (const { key, place } of mine) {
    if (!told || told.has(`${key} ${place}`)) continue;
    const text = words.parked.replaceAll("{place}", place);
    document.dispatchEvent(new CustomEvent("toast", { detail: { about: key, level: "done", text, stays: 20000 } }));
  }
  told = new Set(mine.map(({ key, place }) => `${key} ${place}`));
}
