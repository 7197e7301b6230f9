/* What the extension asks Helin. No host permission is needed: Helin lets the key's extension in. */
export async function settings() {
  return chrome.storage.local.get({ server: "", key: "" });
}

/** {ok, words, number, shown}; never throws. `what` is "number" (only read it) or "dial". */
export async function ask(what, number) {
  const { server, key } = await settings();
  if (!server || !key) return { ok: false, words: "Set the server and the key in the options first." };
  try {
    const answer = await fetch(`${server}/click/v1/${what}/`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ number }),
      credentials: "omit",
    });
    const told = await answer.json();
    return { ok: answer.ok, words: told.detail ?? "", number: told.number, shown: told.shown };
  } catch {
    return { ok: false, words: "Helin was not reached, or does not know this key. Nothing was called." };
  }
}
