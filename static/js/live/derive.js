/* What the live document means: pure, the browser's half of presenters.py. `live` is a Map of
   key -> entity; `group` an object of the page's facts: {id, queues, members, answer_within}. */
import { nobody, showCaller } from "./format.js";

export function waitingOf(live, queues, words) {
  const wanted = new Set(queues);
  const found = [];
  for (const [key, call] of live) {
    if (key.startsWith("call:") && call.state === "waiting" && wanted.has(call.queue)) found.push([key, call]);
  }
  found.sort(([a, first], [b, second]) =>
    (second.priority ?? 0) - (first.priority ?? 0) ||
    (first.joined_at ?? 0) - (second.joined_at ?? 0) || (a < b ? -1 : 1));
  const places = new Map();
  return found.map(([key, call]) => {
    const place = (places.get(call.queue) ?? 0) + 1;
    places.set(call.queue, place);
    const [title, subtitle] = showCaller(call, words);
    return { key, title, subtitle, since: call.joined_at, priority: call.priority ?? 0, queue: call.queue, place };
  });
}

/** Longest parked first: all that are known, those that agent `by` parked, or group `group`'s. */
export function parkedOf(live, words, { by = null, group = null } = {}) {
  const found = [...live].filter(([key, call]) =>
    key.startsWith("call:") && call.parked &&
    (by === null || call.parked.by === by) && (group === null || call.group_id === group));
  found.sort(([a, first], [b, second]) => (first.parked.since ?? 0) - (second.parked.since ?? 0) || (a < b ? -1 : 1));
  return found.map(([key, call]) => {
    const [title, subtitle] = showCaller(call, words);
    const { place, by_name, since } = call.parked;
    return { key, title, subtitle, place, by: by_name, since };
  });
}

export function stateInGroup(agent, groupId, words) {
  if (!agent) return "unknown";
  if (!(agent.groups ?? []).includes(groupId)) return "logged_out";
  return agent.state in words.agent ? agent.state : "unknown";
}

export function countStates(states, words) {
  return Object.keys(words.agent)
    .map((state) => ({ state, count: states.filter((one) => one === state).length, look: words.agent[state] }))
    .filter((entry) => entry.count);
}

export function tileOf(live, group, now, words) {
  const waiting = waitingOf(live, group.queues, words);
  const starts = waiting.map((caller) => caller.since).filter((since) => since !== null && since !== undefined);
  const longestSince = starts.length ? Math.min(...starts) : null;
  const states = group.members.map((id) => stateInGroup(live.get(`agent:${id}`), group.id, words));
  const counts = countStates(states, words);
  const out = new Set(["logged_out", "unknown"]);
  return {
    waiting: waiting.length,
    longestSince,
    isLate: longestSince !== null && now - longestSince > group.answer_within,
    counts,
    loggedIn: states.filter((state) => !out.has(state)).length,
  };
}

/** The agent with this phone called, and so wants to see whom. */
export function isOwnCall(call, extension) {
  return call.direction === "out" || (call.direction === "internal" && Boolean(extension) && call.caller?.number === extension);
}

/** One call as the agent with this phone sees it; `ringingSince`: when that phone began to ring. */
export function callCard(key, call, words, groupNames, ringingSince = null, extension = "") {
  const isOwn = isOwnCall(call, extension);
  const dialled = call.shown?.dialled ?? "";
  const calledName = call.shown?.dialled_name ?? "";
  const called = calledName && calledName !== dialled ? [calledName, dialled] : [dialled || nobody(call, words), ""];
  const [title, subtitle] = isOwn ? called : showCaller(call, words);
  const rings = ringingSince !== null;
  const isCalling = isOwn && !rings && ["arriving", "ringing"].includes(call.state);
  const state = rings ? "ringing" : isCalling ? "calling" : call.state;
  const talks = ["talking", "on_hold", "parked"].includes(state);
  const picked = rings ? ringingSince : call.answered_at;
  return {
    // what will be recorded is not yet: nothing is while nobody talks
    key, title, subtitle, state, recording: talks ? call.recording ?? null : null,
    look: words.call[state] ?? words.call.unknown,
    direction: words.direction[call.direction] ?? "",
    group: groupNames.get(call.group_id) ?? "",
    dialled: isOwn ? "" : dialled,
    since: (rings ? ringingSince : talks ? call.answered_at : null) ?? call.joined_at ?? call.started_at,
    waited: picked && call.joined_at ? Math.max(0, picked - call.joined_at) : null,
  };
}

export function agentRow(live, id, words, reasons, groupNames, groupId = null) {
  const agent = live.get(`agent:${id}`);
  const state = groupId !== null ? stateInGroup(agent, groupId, words) : agent?.state ?? "unknown";
  const call = agent?.call ? live.get(agent.call) : null;
  return {
    state,
    look: words.agent[state] ?? words.agent.unknown,
    since: agent && state === agent.state ? agent.since : null,
    detail: state === "paused" ? (reasons[agent.reason]?.name ?? agent.reason ?? "") : "",
    call: call ? callCard(agent.call, call, words, groupNames, agent.state === "ringing" ? agent.since : null, agent.extension) : null,
  };
}
