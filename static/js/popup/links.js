/* Addresses of business software with the call in them; phonebook/cards/links.py says the same. */
const KEYWORDS = ["$CALLER_NUMBER", "$CALLER_NAME", "$CALLED"];

/** null for what is no http(s) address. One pass: a name that contains a keyword stays a name. */
export function filled(link, values) {
  const text = link.replace(/\$CALLER_NUMBER|\$CALLER_NAME|\$CALLED/g, (word) => encodeURIComponent(values[word] ?? ""));
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

export const keywordsOf = (call) => ({
  [KEYWORDS[0]]: call.caller?.number ?? "",
  [KEYWORDS[1]]: call.caller?.name ?? "",
  [KEYWORDS[2]]: call.dialled ?? "",
});
