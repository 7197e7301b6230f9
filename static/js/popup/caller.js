/* Who is on the other side, and what is known of him: asked for once for each number of the call. */
import { isOwnCall } from "../live/derive.js";
import { setHidden, slot } from "../live/paint.js";

export const region = document.getElementById("popups");

/** The number of the other side, for the agent with the phone `extension`. */
export const partyOf = (call, extension = "") => (call && isOwnCall(call, extension) ? call.dialled : call?.caller?.number) ?? "";
export const askedOf = (call) => `${partyOf(call)}|${call.group_id ?? ""}`;
export const queryOf = (key, call, extension = "") => new URLSearchParams({ number: partyOf(call, extension), group: call.group_id ?? "", call: key.slice(5) });

/** Notes, last calls, and in a popup where the name comes from. */
export function load(box, key, call) {
  const number = partyOf(call);
  const asked = askedOf(call);
  if (box.dataset.asked === asked) return;
  box.dataset.asked = asked;
  const query = queryOf(key, call);
  const why = slot(box, "why");
  if (why) {
    slot(box, "card").href = `${region.dataset.cardUrl}?${query}`;
    setHidden(why, !number || call.direction !== "in");
    why.setAttribute("hx-get", `${region.dataset.explainUrl}?${query}`);
    globalThis.htmx?.process(why);
  }
  for (const [name, url] of [["notes", region.dataset.notesUrl], ["calls", region.dataset.callsUrl]]) {
    const part = slot(box, name);
    part.replaceChildren();
    if (!number || !url) continue;
    fetch(`${url}?${query}`, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => {
        if (!box.isConnected || box.dataset.asked !== asked) return; // another call by now
        const parsed = new DOMParser().parseFromString(html, "text/html");
        part.replaceChildren(...parsed.body.childNodes);
        globalThis.htmx?.process(part);
      })
      .catch(() => {});
  }
}
