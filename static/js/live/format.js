/* How instants, numbers and callers are written; presenters.py says the same on the server. */
const TWO_DIGIT_CODES = new Set(
  ("20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
    "60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98").split(" "),
);
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

/** "+37255512345" -> "+372 5551 2345"; what is no E.164 number stays as it is. */
export function showNumber(number) {
  if (!/^\+[0-9]+$/.test(number)) return number;
  const digits = number.slice(1);
  const size = "17".includes(digits[0]) ? 1 : TWO_DIGIT_CODES.has(digits.slice(0, 2)) ? 2 : 3;
  const rest = digits.slice(size);
  const head = rest.length > 6 ? rest.slice(0, -4) : rest;
  const tail = rest.length > 6 ? rest.slice(-4) : "";
  const parts = head.match(/.{1,3}/g) ?? [];
  if (parts.length > 1 && parts.at(-1).length === 1) parts.push(parts.splice(-2).join(""));
  return [`+${digits.slice(0, size)}`, ...parts, tail].join(" ").trim();
}

/** [what stands first, what stands below it]: name and number, or the number alone. */
export function showCaller(caller, words) {
  const said = (text) => (WITHHELD.has((text ?? "").trim().toLowerCase()) ? "" : (text ?? "").trim());
  const name = said(caller?.name);
  const number = showNumber(said(caller?.number));
  return name && name !== number ? [name, number] : [number || words.withheld, ""];
}

export function perCent(value) {
  return value === null || value === undefined ? NO_FIGURE : `${Math.round(value)} %`;
}

export function figure(value) {
  return value === null || value === undefined ? NO_FIGURE : String(value);
}
