/* My state in the top bar. */
import { setClock } from "./clock.js";
import { agentRow } from "./derive.js";
import { paintWith } from "./page.js";
import { setHidden, setLook, slot } from "./paint.js";
import { tellPlace } from "./parked.js";

export function paintMyState(id, words) {
  const box = document.getElementById("my-state");
  if (!box || !id) return;
  paintWith((live) => {
    const me = agentRow(live, id, words, {}, new Map());
    setHidden(box, false);
    setLook(slot(box, "look"), me.look);
    setClock(slot(box, "since"), me.since);
    tellPlace(live, id, words);
  });
}
