/* What a list asks for at once when callbacks change, its throttle leaves out when they change again
   within the second: so it is told once more when that second is surely over (htmx throttles an element as a whole). */
let later = 0;
document.addEventListener("callbacks", () => {
  later ||= setTimeout(() => {
    later = 0;
    document.dispatchEvent(new CustomEvent("callbacks-later"));
  }, 1200);
});
