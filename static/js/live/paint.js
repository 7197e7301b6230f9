/* Small, cheap changes to the page. Text goes in as text: callers' names come from outside. */
import { icon, showIcon } from "../ui/icons.js";

export const slot = (root, name) => root.querySelector(`[data-slot="${name}"]`);

export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

export function fill(root, texts) {
  for (const [name, text] of Object.entries(texts)) setText(slot(root, name), text);
}

export function setHidden(element, isHidden) {
  if (element && element.hidden !== isHidden) element.hidden = isHidden;
}

export function setAttribute(element, name, value) {
  if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** One tone at a time. */
export function setTone(element, tone) {
  if (!element || element.dataset.tone === tone) return;
  element.dataset.tone = tone;
  for (const name of [...element.classList]) if (name.startsWith("tone-")) element.classList.remove(name);
  if (tone) element.classList.add(`tone-${tone}`);
}

/** A badge as `{% look %}` writes it. */
export function setLook(badge, look) {
  if (!badge) return;
  setTone(badge, look.tone);
  setText(badge.querySelector("span"), look.word);
  showIcon(badge.querySelector("svg"), look.icon);
}

/** Shows the parts of `root` that are meant for this state (data-when="a b"). */
export function showFor(root, state) {
  for (const part of root.querySelectorAll("[data-when]")) {
    setHidden(part, !part.dataset.when.split(" ").includes(state));
  }
}

/** Keeps the children of `list` in step with `items`: made from `template`, keyed, moved, removed. */
export function keyed(list, template, items, keyOf, paintOne) {
  const old = new Map([...list.children].map((child) => [child.dataset.id, child]));
  let at = list.firstElementChild;
  items.forEach((item, index) => {
    const key = String(keyOf(item));
    let node = old.get(key);
    if (node) old.delete(key);
    else {
      node = template.content.firstElementChild.cloneNode(true);
      node.dataset.id = key;
      node.classList.add("is-new");
    }
    if (node === at) at = at.nextElementSibling;
    else list.insertBefore(node, at);
    paintOne(node, item, index);
  });
  for (const node of old.values()) node.remove();
}

/** The counted states of a tile: icon, number, word. Few and short, so they are made anew. */
export function paintCounts(list, counts) {
  const text = counts.map(({ state, count }) => `${state}:${count}`).join();
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  if (!counts.length) return;
  list.replaceChildren(...counts.map(({ count, look }) => {
    const item = document.createElement("li");
    item.className = `tone-${look.tone}`;
    item.title = look.word;
    const number = document.createElement("b");
    number.className = "figure";
    number.textContent = String(count);
    const word = document.createElement("span");
    word.className = "tile-word";
    word.textContent = look.word;
    item.append(icon(look.icon), number, word);
    return item;
  }));
}

const SVG = "http://www.w3.org/2000/svg";
export function paintBar(svg, counts) {
  const text = counts.map(({ state, count }) => `${state}:${count}`).join();
  if (!svg || svg.dataset.shown === text) return;
  svg.dataset.shown = text;
  const total = counts.reduce((sum, { count }) => sum + count, 0) || 1;
  let at = 0;
  svg.replaceChildren(...counts.map(({ count, look }) => {
    const part = document.createElementNS(SVG, "rect");
    const width = (100 * count) / total;
    part.setAttribute("class", `tone-${look.tone}`);
    part.setAttribute("x", at.toFixed(2));
    part.setAttribute("y", "0");
    part.setAttribute("width", width.toFixed(2));
    part.setAttribute("height", "4");
    at += width;
    return part;
  }));
}
