/* Opening hours and today's figures: asked for now and then, and when hours are due to change. */
import { serverNow } from "./clock.js";
import { repaint } from "./page.js";

const EVERY = 20000;

/** Keeps `hours` and `figures` of the page's groups true. `groups`: objects of the page's facts. */
export function keepToday(groups) {
  const url = document.querySelector('meta[name="live-today"]')?.content;
  if (!url || !groups.length) return;
  let timer = 0;
  const ask = async () => {
    clearTimeout(timer);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (answer.ok) take(groups, (await answer.json()).groups);
    } catch {
      // the link's own indicator tells; ask again later
    }
    timer = setTimeout(ask, untilNext(groups));
  };
  timer = setTimeout(ask, untilNext(groups));
  document.addEventListener("figures", (event) => {
    hear(groups, event.detail.queues);
    repaint();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
}

/** Figures come by queue. Counts add up over a group's queues; a service level does not, so that of
    a group with several waits for the next answer. */
function hear(groups, queues) {
  for (const group of groups) {
    const parts = group.queues.map((queue) => queues[queue]);
    if (!parts.length || parts.includes(undefined)) continue;
    const sum = (name) => parts.reduce((total, part) => total + (part[name] ?? 0), 0);
    group.figures = {
      offered: sum("offered"),
      answered: sum("answered"),
      abandoned: sum("abandoned"),
      service_level: parts.length === 1 ? parts[0].service_level : group.figures.service_level,
    };
  }
}

function take(groups, answers) {
  for (const group of groups) {
    const answer = answers[group.id];
    if (!answer) continue;
    group.hours = answer.hours;
    group.figures = answer.figures;
  }
  repaint();
}

function untilNext(groups) {
  const now = serverNow();
  const changes = groups.map((group) => group.hours?.changes_at).filter((at) => at && at > now);
  const due = changes.length ? (Math.min(...changes) - now) * 1000 + 300 : Infinity;
  return Math.min(due, EVERY * (0.8 + 0.4 * Math.random()));
}
