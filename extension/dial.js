/* Shows what was recognised; only the second click, here, calls. */
import { ask } from "./helin.js";

const field = document.getElementById("number");
const shown = document.getElementById("shown");
const button = document.getElementById("call");
let turn = 0;

async function recognise() {
  const mine = ++turn;
  const text = field.value.trim();
  button.disabled = true;
  button.textContent = "Call";
  shown.textContent = "";
  if (!text) return;
  const told = await ask("number", text);
  if (mine !== turn) return;
  shown.textContent = told.ok ? "" : told.words;
  button.disabled = !told.ok;
  if (told.ok) { button.textContent = `Call ${told.shown}`; button.focus(); }
}

document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  turn += 1;
  button.disabled = true;
  const told = await ask("dial", field.value);
  shown.textContent = told.words;
  shown.classList.toggle("good", told.ok);
  if (!told.ok) button.disabled = false;
});
field.addEventListener("change", recognise);
field.addEventListener("input", () => { turn += 1; button.disabled = !field.value.trim(); button.textContent = "Call"; });
field.value = new URLSearchParams(location.search).get("number") ?? "";
recognise();
