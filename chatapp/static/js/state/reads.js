import { backoff } from '../lib/timers.js';

const WAIT = 300; // ms of reading on before the server is told
const FOR_GOOD = new Set(['bad_request', 'not_found', 'forbidden']);

/** One's own read marks on their way to the server: told a moment later, kept until they arrive. */
export class Reads {
  #wanted = new Map(); // conversation id -> seq that the server does not know of yet
  #confirmed = new Map(); // conversation id -> { seq, at }: what it last said, and when
  #timer = null;
  #attempt = 0;
  #isFlushing = false;

  /** `moved(conversationId, seq, isFinal)` is told of each move. */
  constructor({ request, moved }) {
    Object.assign(this, { request, moved });
  }

  mark(conversationId, seq) {
    if (seq <= (this.#wanted.get(conversationId) ?? 0)) return;
    this.#wanted.set(conversationId, seq);
    this.moved(conversationId, seq, false);
    this.#later(WAIT);
  }

  /** The newest of a snapshot asked for at `askedAt` and what has been marked since. */
  newest(conversationId, seq, askedAt) {
    const confirmed = this.#confirmed.get(conversationId);
    const said = confirmed && confirmed.at >= askedAt ? confirmed.seq : seq;
    return Math.max(said, this.#wanted.get(conversationId) ?? 0);
  }

  /** The server says where the mark is: from this tab, another one, or another device. */
  confirm(conversationId, seq) {
    this.#confirmed.set(conversationId, { seq, at: performance.now() });
    const wanted = this.#wanted.get(conversationId) ?? 0;
    if (wanted <= seq) this.#wanted.delete(conversationId);
    this.moved(conversationId, Math.max(seq, wanted), wanted <= seq);
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
