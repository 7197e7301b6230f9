// The live document of one stream: the same few lines as telephony/live/state.py apply().
// An entity is replaced as a whole, never changed in place. Keys come from the PBX, hence a Map.

export function applyChanges(entities, frame) {
  for (const [key, entity] of Object.entries(frame.set)) entities.set(key, entity);
  for (const key of frame.del) entities.delete(key);
}

// What a person sees of all streams together. The person's own comes uncoalesced and in full, so
// its word on an entity is the freshest and the fullest, whichever frame came last.
export function merged(documents) {
  const entities = new Map();
  const isOwn = ({ stream }) => Number(stream.startsWith("user:"));
  for (const one of [...documents].sort((a, b) => isOwn(a) - isOwn(b))) {
    for (const [key, entity] of one.entities) entities.set(key, entity);
  }
  return entities;
}

export class LiveDocument {
  constructor(stream) {
    this.stream = stream;
    this.version = null; // unknown until the first snapshot
    this.at = null;
    this.entities = new Map();
  }

  // Takes a snapshot or delta frame. Returns the keys that changed, or null when a snapshot is
  // needed first: Channels loses messages by design, the version shows it.
  receive(frame) {
    if (frame.type === "snapshot") return this.#replace(frame);
    if (this.version === null) return null;
    if (frame.version <= this.version) return new Set(); // already in the snapshot
    if (frame.version !== this.version + 1) return null;
    applyChanges(this.entities, frame);
    this.version = frame.version;
    this.at = frame.at;
    return new Set([...Object.keys(frame.set), ...frame.del]);
  }

  // Whether a heartbeat tells of a version that never came.
  isBehind(version) {
    return this.version !== null && version > this.version;
  }

  #replace(frame) {
    const touched = new Set(this.entities.keys());
    this.entities = new Map(Object.entries(frame.entities));
    this.version = frame.version;
    this.at = frame.at;
    for (const key of this.entities.keys()) touched.add(key);
    return touched;
  }
}
