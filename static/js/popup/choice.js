/* What this person and this browser want to be shown. The person's choice is kept in the session, so
   that a page which has just opened need not wait for it. */
const KEPT = "popup-choice";
const HERE = "popup-here";
let mine = { shows_popup: true, opens_card: "never", link: "", link_when: "never", queue_only: false, groups: {} };

export const choice = () => mine;
export const groupLink = (id) => (mine.groups?.[id]?.link ? mine.groups[id] : null);
export const isOnHere = () => localStorage.getItem(HERE) !== "off";
export const setOnHere = (isOn) => localStorage.setItem(HERE, isOn ? "on" : "off");

/** Resolves as soon as something is known: what was kept, else the server's word. */
export async function loadChoice(url) {
  const kept = sessionStorage.getItem(`${KEPT} ${url}`);
  if (kept) mine = JSON.parse(kept);
  const asked = ask(url);
  if (!kept) await asked;
}

async function ask(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    mine = await answer.json();
    sessionStorage.setItem(`${KEPT} ${url}`, JSON.stringify(mine));
  } catch {
    // the usual choice stands
  }
}
