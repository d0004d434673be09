const MOST = 200; // people whom the server lets one page watch
const GATHER = 150; // ms in which what comes into view is asked for together
const SETTLE = 10000; // ms in which others, too, come back after a connection was lost
const STALE = 15000; // ms without a connection after which what was known is no longer shown

/** Who is online, of those whom this page shows; the server is asked for nobody else. */
export class Presence {
  #shown = new Map(); // where -> ids
  #known = new Map(); // id -> { state, lastSeen: Date or null }
  #asked = ''; // the list that the server has, as text
  #timer = null;
  #lostAt = -Infinity;

  /** `changed()` is told when somebody is to be shown in another way. */
  constructor({ request, changed }) {
    Object.assign(this, { request, changed });
  }

  /** { state: 'online', 'away' or 'offline', lastSeen: Date or null }; undefined while it is not known. */
  of(id) {
    return this.#known.get(id);
  }

  /** These people are shown at a place of the page now; of too many the places that were named first count. */
  show(where, ids) {
    this.#shown.set(where, ids);
    if (this.#wanted().join() !== this.#asked) this.#timer ??= setTimeout(() => this.#ask(), GATHER);
  }

  /** The server's word of one of them. */
  heard({ user_id: id, state, last_seen_at: lastSeen }) {
    this.#known.set(id, { state, lastSeen: lastSeen ? new Date(lastSeen) : null });
    this.changed();
  }

  connected() {
    this.#ask();
  }

  /** What was known stands for a while: most connections are back in a moment. */
  disconnected() {
    this.#asked = '';
    const lostAt = (this.#lostAt = performance.now());
    setTimeout(() => {
      if (this.#asked || this.#lostAt !== lostAt) return;
      this.#known.clear();
      this.changed();
    }, STALE);
  }

  #wanted() {
    return [...new Set([...this.#shown.values()].flat())].slice(0, MOST);
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const ids = this.#wanted();
    const asked = (this.#asked = ids.join());
    try {
      const { presence, last_seen: lastSeen } = await this.request('presence_watch', { user_ids: ids });
      if (asked === this.#asked) this.#take(ids, presence, lastSeen);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#asked = '';
      if (error.code === 'offline') return; // the next connection asks
      this.#timer ??= setTimeout(() => this.#ask(), 1000 * (error.retryAfter ?? 5));
    }
  }

  /** Whom the server has not back yet, after it was away itself, may come back with the next. */
  #take(ids, presence, lastSeen) {
    const before = this.#known;
    const isSettling = performance.now() - this.#lostAt < SETTLE;
    let isUnsure = false;
    this.#known = new Map(ids.map((id) => {
      const seen = lastSeen[id];
      const was = before.get(id);
      const isGone = isSettling && presence[id] === 'offline' && was && was.state !== 'offline';
      isUnsure ||= isGone;
      return [id, isGone ? was : { state: presence[id], lastSeen: seen ? new Date(seen) : null }];
    }));
    if (isUnsure) this.#timer ??= setTimeout(() => this.#ask(), SETTLE);
    this.changed();
  }
}
