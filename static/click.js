/* Numbers of any web page become buttons that call from one's own phone:
   <script src="https://helin.example/static/click.js" data-key="helinb_..." defer></script>
   Works only on the sites that the key names. data-within="#crm" limits it to a part of the page.
   With data-popup, and a key that may, it also shows who rings one's own phone, bottom right.
   A page with a Content-Security-Policy needs Helin's address in script-src and connect-src. */
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
  `);
  const cornerStyle = new CSSStyleSheet();
  cornerStyle.replaceSync(`
    :host { all: initial !important; }
    [hidden] { display: none !important; }
    .corner { position: fixed; z-index: 2147483647; inset: auto 16px 16px auto; display: flex; flex-direction: column; gap: 8px; width: 320px; max-width: calc(100vw - 32px); max-height: calc(100vh - 32px); overflow: auto; font: 14px/1.4 system-ui, sans-serif; }
    .callers { display: grid; gap: 8px; }
    p, h2 { margin: 0; font: inherit; overflow-wrap: anywhere; }
    .said { padding: 10px 14px; border-radius: 8px; background: #1b2030; color: #fff; }
    .caller { border: 1px solid #c9cfdd; border-radius: 10px; overflow: hidden; background: #fff; color: #161a26; box-shadow: 0 8px 28px rgb(10 15 30 / .28); }
    .strip { display: flex; align-items: center; gap: 8px; padding: 6px 6px 6px 14px; background: #8a5a00; color: #fff; font-weight: 600; }
    .strip span { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 400; }
    .who { padding: 12px 14px 14px; display: grid; gap: 4px; }
    h2 { font-size: 18px; font-weight: 600; }
    .number, time { font-variant-numeric: tabular-nums; }
    button, a { all: unset; cursor: pointer; }
    button { width: 28px; height: 28px; border-radius: 6px; text-align: center; font-size: 18px; line-height: 28px; }
    a { justify-self: start; color: #2f4fc9; text-decoration: underline; }
    button:focus-visible, a:focus-visible { outline: 2px solid currentColor; outline-offset: -2px; border-radius: 4px; }
    @media (prefers-color-scheme: dark) {
      .caller { background: #1c2130; color: #eef1f8; border-color: #3a435c; }
      .strip { background: #f2b84b; color: #2a1c00; }
      a { color: #a9bcff; }
    }
  `);

  function made(name, className, text = "") {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  }

  const region = document.createElement("div");
  region.dataset.helin = "";
  const shade = region.attachShadow({ mode: "open" });
  shade.adoptedStyleSheets = [cornerStyle];
  const corner = made("div", "corner");
  const callers = made("section", "callers");
  callers.setAttribute("aria-live", "assertive");
  callers.setAttribute("aria-relevant", "additions");
  callers.hidden = true;
  const words = made("p", "said");
  words.setAttribute("role", "status");
  words.hidden = true;
  corner.append(callers, words);
  shade.append(corner);
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

  /* --- who calls: one box for each call, made for it and thrown away with it ------------------- */
  const boxes = new Map();  // call -> { box, caller }
  const putAway = new Set();
  let texts = {};

  function show(frame) {
    if (frame.words) {
      texts = frame.words;
      callers.setAttribute("aria-label", texts.calls);
    }
    if (frame.now) {
      const still = new Set(frame.now.map((caller) => caller.id));
      for (const id of [...boxes.keys(), ...putAway]) if (!still.has(id)) end(id);
      frame.now.forEach(ring);
    }
    if (frame.ring) ring(frame.ring);
    if (frame.end) end(frame.end);
    callers.hidden = boxes.size === 0;
  }

  function end(id) {
    boxes.get(id)?.box.remove();
    boxes.delete(id);
    putAway.delete(id);
  }

  function ring(caller) {
    // by this machine's clock, whatever the server's says
    const known = { ...caller, since: caller.since ?? boxes.get(caller.id)?.caller.since ?? Date.now() - caller.waited * 1000 };
    if (putAway.has(caller.id)) return;
    const box = boxes.get(caller.id)?.box ?? newBox(caller.id);
    boxes.set(caller.id, { box, caller: known });
    const name = known.name || known.shown || texts.hidden;
    box.querySelector("h2").textContent = name;
    box.querySelector(".number").textContent = known.name ? known.shown : "";
    box.querySelector(".strip span").textContent = known.group;
    box.setAttribute("aria-label", `${texts.ringing}: ${name}`);
    const link = box.querySelector("a");
    link.hidden = !known.card;
    if (known.card) link.href = known.card;
    tick();
  }

  function newBox(id) {
    const box = made("article", "caller");
    box.setAttribute("role", "group");
    const strip = made("div", "strip", texts.ringing);
    const clock = made("time", "");
    clock.title = texts.waited;
    clock.setAttribute("aria-live", "off");
    const away = made("button", "", "\u00d7");
    away.type = "button";
    away.setAttribute("aria-label", texts.dismiss);
    away.addEventListener("click", () => {
      end(id);
      putAway.add(id);
      callers.hidden = boxes.size === 0;
    });
    strip.append(made("span", ""), clock, away);
    const who = made("div", "who");
    const link = made("a", "", texts.card);
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    who.append(made("h2", ""), made("p", "number"), link);
    box.append(strip, who);
    callers.append(box);
    return box;
  }

  function tick() {
    for (const { box, caller } of boxes.values()) {
      const seconds = Math.max(0, Math.floor((Date.now() - caller.since) / 1000));
      box.querySelector("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
  }

  /* One tab of this site listens and tells the others: browsers open few lines to one server. */
  function startPopups() {
    setInterval(tick, 1000);
    const others = "BroadcastChannel" in window ? new BroadcastChannel(`helin-callers-${key.slice(7, 17)}`) : null;
    let listens = false;
    const tell = (frame) => {
      show(frame);
      if (others && (frame.now || frame.ring || frame.end)) others.postMessage({ ...frame, words: texts });
    };
    others?.addEventListener("message", ({ data }) => {
      if (data === "who?") {
        if (listens) others.postMessage({ words: texts, now: [...boxes.values()].map(({ caller }) => caller) });
      } else if (!listens) {
        show(data);
      }
    });
    others?.postMessage("who?");
    const work = async () => {
      listens = true;
      await listen(tell);
      listens = false;
    };
    if (navigator.locks) navigator.locks.request(`helin-callers-${key.slice(7, 17)}`, work);
    else work();
  }

  /** Until the key may no more. A line that is silent for 25 s is dead, and what it said is not shown. */
  async function listen(tell) {
    for (let pause = 1000; ;) {
      const stop = new AbortController();
      let watch;
      const lives = () => {
        clearTimeout(watch);
        watch = setTimeout(() => stop.abort(), 25000);
      };
      try {
        lives();
        const answer = await fetch(`${server}/click/v1/callers/`, {
          method: "POST",
          headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
          body: "{}",
          credentials: "omit",
          referrerPolicy: "no-referrer",
          signal: stop.signal,
        });
        if (answer.status === 403) return;
        if (!answer.ok) throw new Error(answer.status);
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let rest = ""; ;) {
          const { value, done } = await reader.read();
          if (done) break;
          lives();
          pause = 1000;
          const lines = (rest + value).split("\n");
          rest = lines.pop();
          lines.filter(Boolean).forEach((line) => tell(JSON.parse(line)));
        }
      } catch {
        tell({ now: [] });
      } finally {
        clearTimeout(watch);
      }
      await new Promise((go) => setTimeout(go, pause * (0.75 + Math.random() / 2)));
      pause = Math.min(pause * 2, 30000);
    }
  }

  const start = () => {
    document.body.append(region);
    if (me.dataset.popup !== undefined) startPopups();
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
