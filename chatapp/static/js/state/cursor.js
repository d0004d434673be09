/**
 * How far a conversation is known without a hole: `value` is the highest `version` below which nothing is
 * missing (null: nothing loaded yet). What comes ahead of a hole is kept until the hole is closed.
 */
export class VersionCursor {
  value = null;
  #ahead = new Map(); // version -> message

  constructor(value = null) {
    this.value = value;
  }

  get hasHole() {
    return this.value !== null && this.#ahead.size > 0;
  }

  /** Messages that came ahead of a hole, by version. */
  get held() {
    return [...this.#ahead.values()].sort((a, b) => a.version - b.version);
  }

  /** Takes a live message; returns the messages that are now in order (none when it is held or old). */
  offer(message) {
    if (this.value !== null && message.version <= this.value) return [];
    this.#ahead.set(message.version, message);
    return this.#release();
  }

  /** Everything up to `version` is known now; returns what was held and follows directly. */
  advance(version) {
    if (this.value === null || version > this.value) this.value = version;
    for (const known of [...this.#ahead.keys()]) if (known <= this.value) this.#ahead.delete(known);
    return this.#release();
  }

  /** A fresh snapshot as of `version` takes the place of all that was known. */
  restart(version) {
    this.value = version;
    return this.advance(version);
  }

  /** Something older than what is known was put in: from `version` on it has to be read again. */
  fallBack(version) {
    if (this.value !== null && version < this.value) this.value = version;
  }

  forget() {
    this.value = null;
    this.#ahead.clear();
  }

  #release() {
    const ready = [];
    if (this.value === null) return ready;
    while (this.#ahead.has(this.value + 1)) {
      this.value += 1;
      ready.push(this.#ahead.get(this.value));
      this.#ahead.delete(this.value);
    }
    return ready;
  }
}
