const DEFAULTS = { notify: 'all', shelf: null };
const NAMES = Object.keys(DEFAULTS);

/** One's own settings of each conversation: shown as wanted at once, and in the end as the server says. */
export class OwnSettings {
  #held = new Map(); // conversation id -> { said, at, wanted, running, count }

  /** `send(id, change)` tells the server and resolves with its answer; `changed(id, settings)` is told what to show. */
  constructor({ send, changed }) {
    Object.assign(this, { send, changed });
  }

  /** What to show after the server's word, asked for at `askedAt`; a newer word stays. */
  take(id, said, askedAt = performance.now()) {
    const held = this.#of(id);
    for (const name of NAMES) {
      if (said[name] === undefined || held.at[name] > askedAt) continue;
      held.said[name] = said[name];
      held.at[name] = askedAt;
    }
    return { ...held.said, ...held.wanted };
  }

  /** Shown at once; put back, and the error thrown, when the server refuses. In order for each conversation. */
  async set(id, change) {
    const held = this.#of(id);
    Object.assign(held.wanted, change);
    held.count += 1;
    this.#show(id);
    const sent = held.running.then(() => this.send(id, change));
    held.running = sent.catch(() => null);
    try {
      this.take(id, { ...change, ...(await sent) });
    } finally {
      held.count -= 1;
      if (held.count === 0) held.wanted = {};
      this.#show(id);
    }
  }

  forget(id) {
    this.#held.delete(id);
  }

  #show(id) {
    const { said, wanted } = this.#of(id);
    this.changed(id, { ...said, ...wanted });
  }

  #of(id) {
    if (!this.#held.has(id)) {
      const at = Object.fromEntries(NAMES.map((name) => [name, -Infinity]));
      this.#held.set(id, { said: { ...DEFAULTS }, at, wanted: {}, running: Promise.resolve(), count: 0 });
    }
    return this.#held.get(id);
  }
}
