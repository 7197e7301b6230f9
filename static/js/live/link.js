/* Whether what the page shows is true now. Loud when it is not. */
let shown = "";

/** state: of the socket ("live", "stale", "refused"); since: epoch seconds; pbx: the live entity. */
export function showLink(state, since, pbx) {
  const isPbxDown = state === "live" && pbx?.link === "stale";
  const isStale = state !== "live" || isPbxDown;
  const from = isPbxDown ? pbx.since : since;
  const text = `${state}:${isStale}:${isStale ? from : ""}`;
  if (text === shown) return;
  shown = text;
  document.body.classList.toggle("is-stale", isStale);
  const link = document.getElementById("link");
  const banner = document.getElementById("stale");
  const words = link?.dataset ?? {};
  const stale = isStale ? staleWords(words, from) : "";
  if (link) {
    link.hidden = false;
    link.dataset.link = isStale ? "stale" : "live";
    link.querySelector(".link-word").textContent = isStale ? stale : words.liveWord;
  }
  if (banner) {
    banner.hidden = !isStale;
    const { pbxWord, refusedWord, socketWord } = banner.dataset;
    const reason = isPbxDown ? pbxWord : state === "refused" ? refusedWord : socketWord;
    banner.querySelector("[data-slot=stale]").textContent = isStale ? `${stale}. ${reason}`.trim() : "";
  }
}

/** The epoch's beginning is how "never" comes over the wire. */
function staleWords(words, from) {
  return from > 0 ? (words.staleWord ?? "").replace("{time}", timeOf(from)) : words.neverWord ?? "";
}

export function timeOf(instant) {
  const zone = document.querySelector('meta[name="zone"]')?.content || undefined;
  const language = document.documentElement.lang || undefined;
  return new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: "h23", timeZone: zone }).format(instant * 1000);
}
