/* On every other page: my own state in the top bar, and whether the link lives. */
import { agentRow } from "./derive.js";
import { setClock } from "./clock.js";
import { facts, paintWith, start, words } from "./page.js";
import { setHidden, setLook, slot } from "./paint.js";

const box = document.getElementById("my-state");
if (box && words.agent) {
  paintWith((live) => {
    const me = agentRow(live, facts.me, words, {}, new Map());
    setHidden(box, false);
    setLook(slot(box, "look"), me.look);
    setClock(slot(box, "since"), me.since);
  });
}
start();
