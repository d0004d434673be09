import { backoff } from '../lib/timers.js';

const WAIT = 300; // ms of reading on before the server is told
const FOR_GOOD = new Set(['bad_request', 'not_found', 'forbidden']);

/** One's own read marks on their way to the server: told a moment later, kept until they arrive. */
export class Reads {
  #wanted = new Map(); // conversation id -> seq that the server does not know of yet
  #back = new Map(); // conversation id -> seq to which one has put the mark back, not confirmed yet
  #said = new Map(); // conversation id -> { seq, at }: what the server last said, and as of when
  #timer = null;
  #attempt = 0;
  #isFlushing = false;

  /** `moved(conversationId, seq, isFinal)` is told of each move, `turned(conversationId, isBack)` of its direction. */
  constructor({ request, moved, turned }) {
    Object.assign(this, { request, moved, turned });
  }

  mark(conversationId, seq) {
    if (this.#back.has(conversationId) || seq <= (this.#wanted.get(conversationId) ?? 0)) return;
    this.#wanted.set(conversationId, seq);
    this.moved(conversationId, seq, false);
    this.#later(WAIT);
  }

  /** Puts the mark from `now` back to before `seq`: shown at once, and undone when that fails. */
  async putBack(conversationId, seq, now) {
    const wanted = this.#wanted.get(conversationId);
    const askedAt = performance.now();
    this.#back.set(conversationId, Math.min(now, seq - 1));
    this.moved(conversationId, Math.min(now, seq - 1), false);
    if (wanted !== undefined) this.#tell(conversationId, wanted); // first: only a mark that is there can be put back
    this.#wanted.delete(conversationId);
    try {
      const ack = await this.request('unread_mark', { conversation_id: conversationId, seq });
      this.#back.delete(conversationId);
      this.confirm(conversationId, ack.last_read_seq);
    } catch (error) {
      this.#back.delete(conversationId);
      const said = this.#said.get(conversationId);
      this.moved(conversationId, said?.at >= askedAt ? said.seq : now, true);
      if (wanted !== undefined) this.mark(conversationId, wanted);
      throw error;
    }
  }

  /** What to show after a snapshot asked for at `askedAt`, with what has been marked since. */
  newest(conversationId, seq, askedAt) {
    this.hear(conversationId, seq, askedAt);
    return this.#shown(conversationId);
  }

  /** Is the mark that is shown the one that the server last told? */
  isSettled(conversationId) {
    return !this.#wanted.has(conversationId) && !this.#back.has(conversationId);
  }

  /** The server says where the mark is: from this tab, another one, or another device. */
  confirm(conversationId, seq) {
    this.hear(conversationId, seq);
    if ((this.#wanted.get(conversationId) ?? 0) <= seq) this.#wanted.delete(conversationId);
    const shown = this.#shown(conversationId);
    this.moved(conversationId, shown, shown === seq);
  }

  /** A message of one's own moved the mark; unless the server does not know yet what was read before it. */
  sent(conversationId, seq) {
    if (!this.#wanted.has(conversationId)) return this.hear(conversationId, seq);
    this.#wanted.set(conversationId, seq);
    this.#later(WAIT);
  }

  /** Remembers the server's word, unless there is a newer one. */
  hear(conversationId, seq, at = performance.now()) {
    const before = this.#said.get(conversationId);
    if (before && before.at > at) return;
    this.#said.set(conversationId, { seq, at });
    if (!before || before.seq === seq) return;
    // Only a person puts it back: what was read before that does not count.
    if (seq < before.seq) this.#wanted.delete(conversationId);
    if (!this.#back.has(conversationId)) this.turned(conversationId, seq < before.seq);
  }

  forget(conversationId) {
    for (const map of [this.#wanted, this.#back, this.#said]) map.delete(conversationId);
  }

  /** Tells the server now: after a connect, and when the tab is about to go. */
  async flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isFlushing) return this.#later(WAIT);
    this.#isFlushing = true;
    const told = [...this.#wanted].map(([id, seq]) => this.#tell(id, seq));
    await Promise.all(told);
    this.#isFlushing = false;
  }

  #shown(conversationId) {
    const said = this.#said.get(conversationId)?.seq ?? 0;
    return this.#back.get(conversationId) ?? Math.max(said, this.#wanted.get(conversationId) ?? 0);
  }

  async #tell(conversationId, seq) {
    try {
      const ack = await this.request('read_mark', { conversation_id: conversationId, seq });
      this.#attempt = 0;
      // A mark beyond the end comes back lower, and is done all the same.
      if (this.#wanted.get(conversationId) === seq) this.#wanted.delete(conversationId);
      this.confirm(conversationId, ack.last_read_seq);
    } catch (error) {
      if (FOR_GOOD.has(error.code)) this.#wanted.delete(conversationId);
      else if (error.code !== 'offline') this.#later((error.retryAfter ?? 0) * 1000 + backoff(this.#attempt++));
    }
  }

  #later(ms) {
    this.#timer ??= setTimeout(() => this.flush(), ms);
  }
}
