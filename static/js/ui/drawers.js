/* Drawers are steps of the browser's history at the same address: Back closes the one that is open, and
   Forward opens it again. `history.state.drawers` lists those that are open, the lowest first. */
let here = location.href;
const reopening = new Set(); // ids

const listed = () => history.state?.drawers ?? [];
const drawerOf = (id) => document.querySelector(`dialog.drawer[id="${CSS.escape(id)}"]`);

export function installDrawers() {
  for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) {
    document.addEventListener(name, () => { here = location.href; });
  }
  // before htmx, which would fetch the page anew
  addEventListener("popstate", (event) => {
    const isSamePage = location.href === here;
    here = location.href;
    if (!isSamePage && listed().length) location.reload();
    if (isSamePage) event.stopImmediatePropagation();
    follow();
  }, true);
  document.addEventListener("close", ({ target }) => {
    const at = listed().findIndex((one) => one.id === target.id);
    if (at >= 0) history.go(at - listed().length);
  }, true);
  follow();
}

/** htmx has filled a closed drawer: whether it is to be shown. `url`: where to get it again, "" if nowhere. */
export function mayShow(drawer, url) {
  if (reopening.delete(drawer.id)) return listed().some((one) => one.id === drawer.id);
  history.pushState({ drawers: [...listed(), { id: drawer.id, url }] }, "");
  return true;
}

/** Shows those drawers that this step of the history has. */
function follow() {
  const wanted = listed();
  for (const drawer of document.querySelectorAll("dialog.drawer[open]")) {
    if (!wanted.some((one) => one.id === drawer.id)) drawer.close();
  }
  for (const { id, url } of wanted) {
    const drawer = drawerOf(id);
    if (!drawer || drawer.open || !url) continue;
    reopening.add(id);
    globalThis.htmx?.ajax("GET", url, { target: drawer, source: drawer }).finally(() => reopening.delete(id));
  }
}
