/* The phone rings while the agent looks elsewhere: title, notification, sound. Each is the agent's
   choice but the title; the choices stay in this browser. */
import { words } from "../live/page.js";
import { setAttribute, setHidden, setText } from "../live/paint.js";

const title = document.title;
let ringing = "";
let blink = 0;
let note = null;
let audio = null;
let beep = 0;

const isOn = (name) => localStorage.getItem(name) === "on";

export function installAlerts() {
  install("alert-notify", async () => {
    const answer = "Notification" in globalThis ? await Notification.requestPermission() : "denied";
    setHidden(document.getElementById("alert-denied"), answer === "granted");
    return answer === "granted";
  });
  install("alert-sound", async () => {
    audio ??= new AudioContext();
    await audio.resume();
    sound();
    return true;
  });
}

function install(id, mayTurnOn) {
  const button = document.getElementById(id);
  if (!button) return;
  setAttribute(button, "aria-checked", String(isOn(id)));
  button.addEventListener("click", async () => {
    const wanted = !isOn(id) && (await mayTurnOn());
    localStorage.setItem(id, wanted ? "on" : "off");
    setAttribute(button, "aria-checked", String(wanted));
  });
}

/** Called with my row at every paint; acts when a call begins or stops to ring. */
export function ring(me) {
  const key = me.state === "ringing" && me.call ? me.call.key : "";
  if (key === ringing) return;
  ringing = key;
  stop();
  if (!key) return;
  const said = words.ringing_title.replace("{name}", me.call.title);
  const group = me.call.group ? words.for_group.replace("{group}", me.call.group) : "";
  setText(document.getElementById("say"), `${said} ${group}`.trim());
  let isTurned = false;
  blink = setInterval(() => { isTurned = !isTurned; document.title = isTurned ? said : title; }, 1000);
  document.title = said;
  if (document.hidden && isOn("alert-notify") && globalThis.Notification?.permission === "granted") {
    note = new Notification(said, { body: group, tag: "helin-ringing", requireInteraction: true });
    note.onclick = () => { globalThis.focus(); note?.close(); };
  }
  if (isOn("alert-sound")) {
    audio ??= new AudioContext();
    sound();
    beep = setInterval(sound, 2500);
  }
}

function stop() {
  clearInterval(blink);
  clearInterval(beep);
  document.title = title;
  note?.close();
  note = null;
  setText(document.getElementById("say"), "");
}

/** Two soft tones, made here: no file to fetch when the phone already rings. */
function sound() {
  if (audio?.state !== "running") return;
  [659.3, 880].forEach((pitch, index) => {
    const at = audio.currentTime + index * 0.22;
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.12, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.4);
    tone.connect(gain).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.45);
  });
}
