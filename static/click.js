/* Numbers of any web page become buttons that call from one's own phone:
   <script src="https://helin.example/static/click.js" data-key="helinb_..." defer></script>
   Works only on the sites that the key names. data-within="#crm" limits it to a part of the page. */
(() => {
  const me = document.currentScript;
  const key = me?.dataset.key;
  if (!key) return;
  const server = new URL(me.src).origin;
  const CANDIDATE = /(?<![\w.,:/@#=-])(?:\+|00)?\(?\d[\d\s().\/\u00a0\u2010-\u2013-]{5,22}\d(?![\w@%]|[.,:]\d)/g;
  const SKIPPED = "script, style, textarea, input, select, button, a, code, pre, svg, [contenteditable], [data-helin]";

  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { all: initial; }
    button { all: unset; cursor: pointer; color: inherit; font: inherit; text-decoration: underline dotted; border-radius: 3px; }
    button:focus-visible { outline: 2px solid #3656d4; outline-offset: 2px; }
    button[aria-busy="true"] { opacity: .6; cursor: progress; }
    p { position: fixed; z-index: 2147483647; inset: auto 16px 16px auto; max-width: 320px; margin: 0; padding: 10px 14px; border-radius: 8px; background: #1b2030; color: #fff; font: 14px/1.4 system-ui, sans-serif; }
  `);

  const region = document.createElement("div");
  region.dataset.helin = "";
  const shade = region.attachShadow({ mode: "open" });
  shade.adoptedStyleSheets = [style];
  const words = document.createElement("p");
  words.setAttribute("role", "status");
  words.hidden = true;
  shade.append(words);
  let timer = 0;

  function say(text) {
    words.textContent = text;
    words.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => { words.hidden = true; }, 7000);
  }

  async function call(number, button) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${server}/click/v1/dial/`, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        body: JSON.stringify({ number }),
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
      say((await answer.json()).detail);
    } catch {
      say("Helin was not reached, or this key is not for this site. Nothing was called.");
    } finally {
      setTimeout(() => button.removeAttribute("aria-busy"), 1500);
    }
  }

  function looksLikeNumber(text) {
    const digits = text.replace(/\D/g, "");
    if (digits.length < 7 || digits.length > 15) return false;
    if (/^\d{4}[-./]\d{1,2}[-./]\d{1,2}$|^\d{1,2}[-./]\d{1,2}[-./]\d{4}/.test(text)) return false;  // a day
    if (/^\d{1,3}(?:[\s\u00a0.]\d{3})+$/.test(text) && !/^0/.test(text)) return false;  // an amount
    return true;
  }

  function buttonFor(text, number = text) {
    const host = document.createElement("span");
    host.dataset.helin = "";
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.title = `Call ${number}`;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      event.stopPropagation();
      call(number, button);
    });
    root.append(button);
    return host;
  }

  function mark(node) {
    const found = [...node.data.matchAll(CANDIDATE)].filter((one) => looksLikeNumber(one[0].trim()));
    if (!found.length) return;
    const parts = document.createDocumentFragment();
    let at = 0;
    for (const one of found) {
      parts.append(node.data.slice(at, one.index), buttonFor(one[0]));
      at = one.index + one[0].length;
    }
    parts.append(node.data.slice(at));
    node.replaceWith(parts);
  }

  function look(within) {
    if (within.nodeType === Node.TEXT_NODE) {
      if (within.parentElement && !within.parentElement.closest(SKIPPED)) mark(within);
      return;
    }
    if (within.nodeType !== Node.ELEMENT_NODE || within.closest(SKIPPED)) return;
    const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT, {
      acceptNode: (node) => node.parentElement.closest(SKIPPED) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    });
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    texts.forEach(mark);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="tel:" i]');
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    call(decodeURIComponent(link.getAttribute("href").slice(4)), link);
  });

  const start = () => {
    document.body.append(region);
    const part = document.querySelector(me.dataset.within || "body");
    if (!part) return;
    look(part);
    // in lists that grow, only what is new is looked at
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) if (node.isConnected) look(node);
    }).observe(part, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
