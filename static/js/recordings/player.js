/* One recording: the wave over the browser's own player, speed, and notes at a moment. */
import WaveSurfer from "../../vendor/wavesurfer/wavesurfer.esm.js";
import { clock } from "../live/format.js";

const { peaks, seconds } = JSON.parse(document.getElementById("wave-facts").textContent);
const sound = document.getElementById("sound");
const noteForm = document.getElementById("note-form");
const shown = document.querySelector('[data-slot="time"]');
const noteAt = document.querySelector('[data-slot="note-at"]');
const colour = (name) => getComputedStyle(document.querySelector(name)).color;

function draw() {
  const side = (name) => ({ waveColor: faded(colour(name)), progressColor: colour(name) });
  return {
    height: 64, barWidth: 2, barGap: 1, barRadius: 1, normalize: false, cursorWidth: 2,
    cursorColor: colour(".player-legend [data-slot]"),
    splitChannels: [side(".player-left"), side(".player-right")],
  };
}
function faded(colour) {
  return colour.replace("rgb(", "rgba(").replace(")", ", 0.45)");
}

const wave = WaveSurfer.create({
  container: document.getElementById("wave"), media: sound, peaks, duration: seconds,
  dragToSeek: true, ...draw(),
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => wave.setOptions(draw()));
new MutationObserver(() => wave.setOptions(draw())).observe(document.documentElement, { attributeFilter: ["data-theme"] });

function tell() {
  const at = sound.currentTime;
  shown.textContent = `${clock(at)} / ${clock(seconds)}`;
  if (!noteForm) return;
  noteAt.textContent = clock(at);
  noteForm.elements.namedItem("at_seconds").value = at.toFixed(2);
}
for (const name of ["timeupdate", "seeking", "seeked"]) sound.addEventListener(name, tell);
wave.on("interaction", () => queueMicrotask(tell));

function go(to) {
  sound.currentTime = Math.min(Math.max(to, 0), seconds);
  tell();
}
document.getElementById("speed").addEventListener("change", (event) => { sound.playbackRate = Number(event.target.value); });
document.getElementById("back").addEventListener("click", () => go(sound.currentTime - 10));
document.getElementById("on").addEventListener("click", () => go(sound.currentTime + 10));
document.addEventListener("click", (event) => {
  const target = event.target.closest?.("[data-seek]");
  if (!target) return;
  go(Number(target.dataset.seek));
  sound.play();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt === noteForm && event.detail.successful) noteForm.elements.namedItem("text").value = "";
});
