/* What the management pages do beyond forms: on a phone the section that one is in is scrolled into
   view, and what is shown once can be copied. */
for (const here of document.querySelectorAll(".sidenav [aria-current], .tabs [aria-current]")) {
  const row = here.parentElement;
  row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.clientWidth) / 2;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  const source = button && document.getElementById(button.dataset.copies);
  if (!source) return;
  const word = button.querySelector("[data-copy-word]") ?? button;
  const was = word.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    word.textContent = button.dataset.copied;
  } catch {
    // without the right to the clipboard (plain http, or refused): mark it, so that Ctrl-C takes it
    getSelection().selectAllChildren(source);
    return;
  }
  setTimeout(() => { word.textContent = was; }, 2000);
});
