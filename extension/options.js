import { settings } from "./helin.js";

const server = document.getElementById("server");
const key = document.getElementById("key");
const kept = await settings();
server.value = kept.server;
key.value = kept.key;
document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  await chrome.storage.local.set({ server: new URL(server.value).origin, key: key.value.trim() });
  document.getElementById("said").textContent = "Saved.";
});
