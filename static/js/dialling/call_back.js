/* A door has done what goes before a call, and names the number: called by the way of every number. */
document.addEventListener("call-back", ({ detail }) => {
  const link = document.createElement("a");
  link.href = `tel:${detail.number}`;
  link.dataset.dial = detail.number;
  link.dataset.about = detail.about;
  link.hidden = true;
  document.body.append(link);
  link.click();
  // htmx drops the answers of what is no longer in the page
  link.addEventListener("htmx:afterRequest", () => link.remove(), { once: true });
  setTimeout(() => link.remove(), 30000);
});
