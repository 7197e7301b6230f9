/* The switches of this browser: the popup here, and notifications, which a click asks for. */
import { isOnHere, setOnHere } from "./choice.js";

const here = document.getElementById("popup-here");
const tells = document.getElementById("popup-notify");
const denied = document.getElementById("popup-denied");
const isTelling = () => localStorage.getItem("alert-notify") === "on" && globalThis.Notification?.permission === "granted";
const show = () => {
  here?.setAttribute("aria-checked", String(isOnHere()));
  tells?.setAttribute("aria-checked", String(isTelling()));
};

here?.addEventListener("click", () => { setOnHere(!isOnHere()); show(); });
tells?.addEventListener("click", async () => {
  const wanted = !isTelling();
  const answer = wanted && "Notification" in globalThis ? await Notification.requestPermission() : "denied";
  localStorage.setItem("alert-notify", wanted && answer === "granted" ? "on" : "off");
  if (denied) denied.hidden = !wanted || answer === "granted";
  show();
});
sessionStorage.clear(); // what is changed here counts at once
show();
