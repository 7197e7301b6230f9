// Scenes for static/js/live/socket.js, run by test_socket_js.py under `node --test`.
import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";
import { merged } from "./document.js";
import { LiveSocket } from "./socket.js";

class Stage {
  constructor() {
    this.clock = 1_000_000; // ms
    this.timers = [];
    this.sockets = [];
    this.links = [];
    this.changes = [];
    this.toasts = [];
    const stage = this;
    this.environment = {
      Math: { random: () => 0.5 },
      Date: { now: () => this.clock },
      setTimeout: (work, ms) => {
        const timer = { at: this.clock + ms, work };
        this.timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => { this.timers = this.timers.filter((one) => one !== timer); },
      WebSocket: class {
        constructor(url) { this.url = url; this.said = []; stage.sockets.push(this); }
        send(text) { this.said.push(JSON.parse(text)); }
        close() { this.isClosed = true; }
      },
    };
    this.live = new LiveSocket("ws://x/ws/t/acme/live/", {
      changed: (document, keys) => this.changes.push([document.stream, [...keys].sort()]),
      link: (state, since) => this.links.push([state, since]),
      toast: (frame) => this.toasts.push(frame.text),
    }, this.environment);
    this.live.open();
  }
  get socket() { return this.sockets.at(-1); }
  get now() { return this.clock / 1000; }
  hear(frame) { this.socket.onmessage({ data: JSON.stringify(frame) }); }
  async hearDeflated(frame) {
    const bytes = deflateSync(JSON.stringify(frame));
    this.socket.onmessage({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
  }
  snapshot(version, entities = {}, ago = 0) {
    this.hear({ type: "snapshot", stream: "tenant", version, at: this.now - ago, now: this.now, entities });
  }
  delta(version, set = {}, del = []) {
    this.hear({ type: "delta", stream: "tenant", version, at: this.now, set, del });
  }
  beat(versions = {}) { this.hear({ type: "beat", at: this.now, versions }); }
  wait(ms) {
    const until = this.clock + ms;
    for (;;) {
      const next = this.timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.clock = next.at;
      this.environment.clearTimeout(next);
      next.work();
    }
    this.clock = until;
  }
  entities() { return Object.fromEntries(this.live.documents.get("tenant").entities); }
}

test("a snapshot, then deltas", () => {
  const stage = new Stage();
  assert.equal(stage.socket.url, "ws://x/ws/t/acme/live/?deflate=1");
  stage.snapshot(5, { pbx: { link: "live" } });
  stage.delta(6, { "call:1": { state: "waiting" } });
  stage.delta(7, {}, ["call:1"]);
  assert.deepEqual(stage.entities(), { pbx: { link: "live" } });
  assert.deepEqual(stage.changes.at(-1), ["tenant", ["call:1"]]);
  assert.deepEqual(stage.links, [["live", stage.now]]);
});

test("what was in the snapshot already is passed over", () => {
  const stage = new Stage();
  stage.snapshot(5, { a: 1 });
  stage.delta(5, { a: 0 });
  assert.deepEqual(stage.entities(), { a: 1 });
  assert.deepEqual(stage.socket.said, []);
});

test("a gap asks for a snapshot, once", () => {
  const stage = new Stage();
  stage.snapshot(5, { a: 1 });
  stage.delta(7, { a: 2 });
  stage.delta(8, { a: 3 });
  assert.deepEqual(stage.socket.said, [{ type: "resync", stream: "tenant" }]);
  assert.deepEqual(stage.entities(), { a: 1 });
  stage.snapshot(8, { a: 3 });
  stage.delta(9, { a: 4 });
  assert.deepEqual(stage.entities(), { a: 4 });
});

test("a delta before the first snapshot asks for it", () => {
  const stage = new Stage();
  stage.delta(3, { a: 1 });
  assert.deepEqual(stage.socket.said, [{ type: "resync", stream: "tenant" }]);
});

test("a heartbeat tells of a delta that never came", () => {
  const stage = new Stage();
  stage.snapshot(5);
  stage.beat({ tenant: 5 });
  assert.deepEqual(stage.socket.said, []);
  stage.beat({ tenant: 6 });
  assert.deepEqual(stage.socket.said, [{ type: "resync", stream: "tenant" }]);
});

test("silence is stale since it was last heard, and opens another socket", () => {
  const stage = new Stage();
  stage.snapshot(5);
  stage.wait(2000);
  stage.beat();
  const heard = stage.now;
  stage.wait(4900);
  assert.equal(stage.live.link, "live");
  stage.wait(200);
  assert.deepEqual(stage.links.at(-1), ["stale", heard]);
  stage.wait(1000);
  assert.equal(stage.sockets.length, 2);
  stage.snapshot(9, { a: 1 });
  assert.equal(stage.live.link, "live");
  assert.deepEqual(stage.entities(), { a: 1 });
});

test("an old snapshot is not taken for live", () => {
  const stage = new Stage();
  stage.snapshot(5, { a: 1 }, 60);
  assert.deepEqual(stage.links, [["stale", stage.now - 60]]);
  stage.beat();
  assert.equal(stage.live.link, "live");
});

test("a dead listener is not hammered by everybody", () => {
  const stage = new Stage();
  stage.snapshot(5, {}, 60);
  const start = stage.clock;
  for (let n = 0; n < 600; n += 1) {
    const before = stage.sockets.length;
    stage.wait(100);
    if (stage.sockets.length > before) stage.snapshot(5, {}, 60 + (stage.clock - start) / 1000);
  }
  assert.ok(stage.sockets.length <= 6, `${stage.sockets.length} sockets in a minute`);
});

test("a closed socket is opened again, later each time", () => {
  const stage = new Stage();
  const waits = [];
  for (let n = 0; n < 6; n += 1) {
    const count = stage.sockets.length;
    const from = stage.clock;
    stage.socket.onclose({ code: 1006 });
    while (stage.sockets.length === count) stage.wait(50);
    waits.push(stage.clock - from);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 4000]);
});

test("a stranger is not let in by asking again", () => {
  const stage = new Stage();
  stage.socket.onclose({ code: 4404 });
  stage.wait(60_000);
  assert.equal(stage.sockets.length, 1);
  assert.equal(stage.live.link, "refused");
});

test("closed by ourselves stays closed", () => {
  const stage = new Stage();
  stage.snapshot(1);
  stage.live.close();
  stage.socket.onclose({ code: 1000 });
  stage.wait(60_000);
  assert.equal(stage.sockets.length, 1);
});

test("deflated frames keep their place among the others", async () => {
  const stage = new Stage();
  stage.snapshot(5);
  stage.hearDeflated({ type: "delta", stream: "tenant", version: 6, at: stage.now, set: { a: 1 }, del: [] });
  stage.delta(7, { a: 2 });
  stage.hearDeflated({ type: "delta", stream: "tenant", version: 8, at: stage.now, set: { b: 3 }, del: [] });
  for (let n = 0; n < 50 && stage.live.documents.get("tenant").version < 8; n += 1) {
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.deepEqual(stage.entities(), { a: 2, b: 3 });
  assert.deepEqual(stage.socket.said, []);
});

test("toasts, and the server's clock", () => {
  const stage = new Stage();
  stage.hear({ type: "toast", level: "done", text: "Paused." });
  assert.deepEqual(stage.toasts, ["Paused."]);
  stage.hear({ type: "beat", at: stage.now + 90, versions: {} });
  assert.equal(stage.live.now(), stage.now + 90);
});

test("of a call in two streams the person's own says who calls, whichever came last", () => {
  const full = { state: "ringing", caller: { number: "+3725" } };
  const redacted = { state: "waiting", caller: { number: "" } };
  for (const order of [["user:7", "wall"], ["wall", "user:7"], ["wall:3", "user:7", "wall:4"]]) {
    const stage = new Stage();
    for (const stream of order) {
      stage.hear({ type: "snapshot", stream, version: 1, at: stage.now, entities: {} });
    }
    for (const stream of [...order, ...order.toReversed()]) {
      const { version } = stage.live.documents.get(stream);
      const call = stream.startsWith("user:") ? full : redacted;
      stage.hear({ type: "delta", stream, version: version + 1, at: stage.now, set: { "call:1": call }, del: [] });
      const shown = merged(stage.live.documents.values()).get("call:1");
      const isOwnKnown = stage.live.documents.get("user:7").entities.has("call:1");
      assert.deepEqual(shown, isOwnKnown ? full : redacted);
    }
  }
});
