import { backoff } from '../lib/timers.js';

const WAIT = 300; // ms of reading on before the server is told
const FOR_GOOD = new Set(['bad_request', 'not_found', 'forbidden']);
const UNANSWERED = new Set(['offline', 'timeout']);

/** One's own read marks on their way to the server: told a moment later, kept until they arrive. */
export class Reads {
  #wanted = new Map(); // conversation id -> seq that the server does not know of yet
  #back = new Map(); // conversation id -> { seq, resume }: to where one has put the mark back, not confirmed yet
  #said = new Map(); // conversation id -> { seq, at }: what the server last said, and as of when
  #timer = null;
  #attempt = 0;
  #isFlushing = false;

  /** `moved(conversationId, seq, isFinal)` is told of each move, `turned(conversationId, isBack)` of its direction. */
  constructor({ request, moved, turned }) {
    Object.assign(this, { request, moved, turned });
  }

  mark(conversationId, seq) {
    if (!this.#giveUp(conversationId) || seq <= (this.#wanted.get(conversationId) ?? 0)) return;
    this.#wanted.set(conversationId, seq);
    this.moved(conversationId, seq, false);
    this.#later(WAIT);
  }

  /** Puts the mark from `now` back to before `seq`: shown at once, kept until there is a connection, undone when refused. */
  async putBack(conversationId, seq, now) {
    const wanted = this.#wanted.get(conversationId);
    const askedAt = performance.now();
    this.#giveUp(conversationId);
    const back = { seq: Math.min(now, seq - 1), resume: null };
    this.#back.set(conversationId, back);
    this.#wanted.delete(conversationId);
    this.moved(conversationId, back.seq, false);
    try {
      const ack = await this.#askBack(conversationId, seq, back, wanted);
      if (!this.#settle(conversationId, back)) return;
      this.confirm(conversationId, ack.last_read_seq);
    } catch (error) {
      if (!this.#settle(conversationId, back)) return;
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
    this.#giveUp(conversationId);
    for (const map of [this.#wanted, this.#back, this.#said]) map.delete(conversationId);
  }

  /** Tells the server now: after a connect, and when the tab is about to go. */
  async flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    for (const { resume } of this.#back.values()) resume?.(true);
    if (this.#isFlushing) return this.#later(WAIT);
    this.#isFlushing = true;
    const told = [...this.#wanted].map(([id, seq]) => this.#tell(id, seq));
    await Promise.all(told);
    this.#isFlushing = false;
  }

  #shown(conversationId) {
    const said = this.#said.get(conversationId)?.seq ?? 0;
    return this.#back.get(conversationId)?.seq ?? Math.max(said, this.#wanted.get(conversationId) ?? 0);
  }

  /** Until the server has answered; null when it was given up meanwhile. */
  async #askBack(conversationId, seq, back, wanted) {
    for (;;) {
      if (wanted !== undefined) this.#tell(conversationId, wanted); // first: only a mark that is there can be put back
      try {
        return await this.request('unread_mark', { conversation_id: conversationId, seq });
      } catch (error) {
        if (!UNANSWERED.has(error.code)) throw error;
        if (error.code === 'timeout') this.#later(backoff(this.#attempt++));
      }
      const goesOn = await new Promise((resolve) => { back.resume = resolve; }); // flush() wakes it
      back.resume = null;
      if (!goesOn) return null;
    }
  }

  /** Whether no mark is being put back any more: one that only waits is given up, for what one does later counts. */
  #giveUp(conversationId) {
    const back = this.#back.get(conversationId);
    if (back && !back.resume) return false;
    back?.resume(false);
    this.#back.delete(conversationId);
    return true;
  }

  /** Whether it was still this one that was asked for. */
  #settle(conversationId, back) {
    return this.#back.get(conversationId) === back && this.#back.delete(conversationId);
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
