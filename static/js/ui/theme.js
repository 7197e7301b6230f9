/* Auto, light or dark. Kept in a cookie, so that the server draws the next page right at once. */
const YEAR = 31536000;

export function installTheme() {
  const root = document.documentElement;
  const choices = document.querySelectorAll("[data-theme-choice]");
  const show = (chosen) => {
    for (const choice of choices) {
      const isOn = choice.dataset.themeChoice === chosen;
      choice.setAttribute("aria-checked", String(isOn));
      choice.tabIndex = isOn ? 0 : -1;
    }
  };
  show(root.dataset.theme || "auto");

  const choose = (chosen) => {
    if (chosen === "auto") delete root.dataset.theme;
    else root.dataset.theme = chosen;
    document.cookie = `theme=${chosen}; path=/; max-age=${YEAR}; samesite=lax`;
    show(chosen);
  };
  document.addEventListener("click", (event) => {
    const choice = event.target.closest?.("[data-theme-choice]");
    if (choice) choose(choice.dataset.themeChoice);
  });
  document.addEventListener("keydown", (event) => {
    const choice = event.target.closest?.("[data-theme-choice]");
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!choice || !step) return;
    const all = [...choices];
    const next = all[(all.indexOf(choice) + step + all.length) % all.length];
    event.preventDefault();
    choose(next.dataset.themeChoice);
    next.focus();
  });
}
