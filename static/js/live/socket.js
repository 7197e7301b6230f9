// The protocol with /ws/t/<slug>/live/: snapshots, deltas, heartbeats, reconnecting. No DOM here.
//
//   const socket = new LiveSocket(url, {
//     changed(document, keys) {},   // a stream's document changed
//     link(state, since) {},        // "live" | "stale" | "refused"; since: epoch seconds
//     toast(frame) {}, figures(frame) {}, other(frame) {},
//   });
//   socket.open(); socket.now() is the server's clock in epoch seconds; socket.documents is a Map.

import { LiveDocument } from "./document.js";

const SILENCE_MS = 5000; // the server says something at least every 2 s
const LONGEST_SILENCE_MS = 40000; // between attempts while only the phone system's listener is away
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 4000;
const ASK_AGAIN_MS = 3000;
const REFUSED = 4404;

export class LiveSocket {
  #url;
  #on;
  #environment;
  #socket = null;
  #retryMs = FIRST_RETRY_MS;
  #patienceMs = SILENCE_MS;
  #silence = null;
  #retry = null;
  #asked = new Map();
  #inbox = Promise.resolve();
  #closedByUs = false;
  #ahead = 0;

  constructor(url, handlers, environment = globalThis) {
    this.#url = url;
    this.#on = handlers;
    this.#environment = environment;
    this.documents = new Map();
    this.link = null;
    this.heardAt = null;
  }

  // The server's clock, by the freshest message: seconds since the epoch.
  now() {
    return this.#environment.Date.now() / 1000 + this.#ahead;
  }

  open() {
    this.#closedByUs = false;
    const separator = this.#url.includes("?") ? "&" : "?";
    const socket = new this.#environment.WebSocket(`${this.#url}${separator}deflate=1`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#inbox = Promise.resolve();
    this.#listenForSilence();
    socket.onmessage = ({ data }) => this.#take(socket, data);
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  close() {
    this.#closedByUs = true;
    this.#environment.clearTimeout(this.#silence);
    this.#environment.clearTimeout(this.#retry);
    this.#socket?.close();
  }

  // Large frames come deflated. They are opened one after the other, so the order stays.
  #take(socket, data) {
    if (socket !== this.#socket) return;
    if (typeof data === "string" && this.#pending === 0) {
      this.#frame(JSON.parse(data));
      return;
    }
    this.#pending += 1;
    this.#inbox = this.#inbox
      .then(async () => {
        const text = typeof data === "string" ? data : await inflate(data);
        if (socket === this.#socket) this.#frame(JSON.parse(text));
      })
      .finally(() => {
        this.#pending -= 1;
      });
  }
  #pending = 0;

  #frame(frame) {
    this.#heard(frame);
    if (frame.type === "snapshot" || frame.type === "delta") this.#state(frame);
    else if (frame.type === "beat") this.#beat(frame);
    else if (frame.type === "toast") this.#on.toast?.(frame);
    else if (frame.type === "figures") this.#on.figures?.(frame);
    else this.#on.other?.(frame);
  }

  #state(frame) {
    let document = this.documents.get(frame.stream);
    if (!document) {
      document = new LiveDocument(frame.stream);
      this.documents.set(frame.stream, document);
    }
    const keys = document.receive(frame);
    if (keys === null) {
      this.#resync(frame.stream);
      return;
    }
    if (frame.type === "snapshot") this.#asked.delete(frame.stream);
    if (keys.size) this.#on.changed?.(document, keys);
  }

  #beat(frame) {
    for (const [stream, version] of Object.entries(frame.versions ?? {})) {
      if (this.documents.get(stream)?.isBehind(version)) this.#resync(stream);
    }
  }

  #resync(stream) {
    const now = this.#environment.Date.now();
    if (now - (this.#asked.get(stream) ?? -Infinity) < ASK_AGAIN_MS) return;
    this.#asked.set(stream, now);
    this.#socket.send(JSON.stringify({ type: "resync", stream }));
  }

  // A snapshot tells how things stood at its `at`: from a dead listener it is old from the start.
  #heard(frame) {
    const now = frame.now ?? frame.at;
    if (now === undefined) return;
    this.#ahead = now - this.#environment.Date.now() / 1000;
    this.#retryMs = FIRST_RETRY_MS;
    if ((now - frame.at) * 1000 >= SILENCE_MS) {
      this.heardAt = frame.at;
      this.#say("stale", frame.at);
      return;
    }
    this.heardAt = now;
    this.#patienceMs = SILENCE_MS;
    this.#listenForSilence();
    this.#say("live", now);
  }

  #listenForSilence() {
    this.#environment.clearTimeout(this.#silence);
    this.#silence = this.#environment.setTimeout(() => {
      this.#patienceMs = Math.min(LONGEST_SILENCE_MS, this.#patienceMs * 2);
      const socket = this.#socket;
      socket?.close();
      this.#closed(socket, 1006); // a dead network never tells that it closed
    }, this.#patienceMs);
  }

  #closed(socket, code) {
    if (socket !== this.#socket || socket === null) return;
    this.#socket = null;
    this.#environment.clearTimeout(this.#silence);
    this.#asked.clear();
    if (this.#closedByUs) return;
    if (code === REFUSED) {
      this.#say("refused", this.now());
      return;
    }
    this.#say("stale", this.heardAt ?? this.now());
    const wait = this.#retryMs * (0.5 + this.#environment.Math.random());
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    this.#retry = this.#environment.setTimeout(() => this.open(), wait);
  }

  #say(link, since) {
    if (link === this.link) return;
    this.link = link;
    this.#on.link?.(link, since);
  }
}

async function inflate(data) {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}
