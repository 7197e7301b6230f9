/* How instants, numbers and callers are written; presenters.py says the same on the server. */
export const NO_FIGURE = "-";
// what carriers and Asterisk write where a number is withheld
const WITHHELD = new Set(["anonymous", "private", "restricted", "unavailable", "unknown", "withheld"]);

/** 65 -> "1:05", 3661 -> "1:01:01"; never negative, "-" for null. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NO_FIGURE;
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** [what stands first, what stands below it]: name and number, or the number alone. */
export function showCaller(call, words) {
  const said = (text) => (WITHHELD.has((text ?? "").trim().toLowerCase()) ? "" : (text ?? "").trim());
  const name = said(call.caller?.name);
  const number = said(call.shown?.caller);
  return name && name !== number ? [name, number] : [number || nobody(call, words), ""];
}

/** In the place of a number that is not there: withheld, or not for this person's eyes. */
export const nobody = (call, words) => (call.shown?.hidden ? words.hidden : words.withheld);

export function perCent(value) {
  return value === null || value === undefined ? NO_FIGURE : `${Math.round(value)} %`;
}

export function figure(value) {
  return value === null || value === undefined ? NO_FIGURE : String(value);
}
