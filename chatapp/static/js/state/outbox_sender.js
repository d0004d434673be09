import { createLock } from '../lib/leader.js';
import { backoff, jitter } from '../lib/timers.js';

const FOR_GOOD = new Set(['bad_request', 'too_long', 'not_found', 'forbidden', 'conflict']);
// Codes that say nothing about the message itself: tried again for ever.
const PASSING = new Set(['rate_limited', 'unavailable', 'timeout', 'offline', 'login_required', 'csrf_failed']);
const UNKNOWN_TRIES = 8; // tries with a code of a newer server before the message counts as refused

/**
 * Sends the outbox: in order, one in flight per conversation, from one tab at a time. A message that is
 * refused for good steps aside; anything else is tried again with the same client id.
 */
export class OutboxSender {
  isReady = false; // connected, and known to be the person whose outbox this is
  isAlone = false; // no storage shared with other tabs, so no lock either
  #outbox;
  #store;
  #lock;
  #isFresh = false; // the storage was read since the lock was won
  #inFlight = 0;
  #timer = null;

  constructor(outbox, store) {
    this.#outbox = outbox;
    this.#store = store;
    this.#lock = createLock(`chat.outbox.${store.me.id}`, {
      onHeld: () => this.#begin(),
      onLost: () => this.#lost(),
    });
    // A page kept for Back, or closed, must not keep the lock.
    addEventListener('pagehide', () => this.#release());
    addEventListener('pageshow', () => this.wake());
  }

  /** The connection came or went. */
  setReady(isReady) {
    if (isReady) for (const item of this.#outbox.items.all) Object.assign(item, { retryAt: 0, attempts: 0 });
    this.isReady = isReady;
    this.#outbox.tell(this.#outbox.items.all);
    this.wake();
  }

  heard() {
    this.#lock.heard();
  }

  /** Sends what can go now; to be called whenever something may have changed. */
  wake() {
    clearTimeout(this.#timer);
    if (!this.isReady) return this.#release();
    const { due, next } = this.#due();
    if (next !== Infinity) this.#timer = setTimeout(() => this.wake(), Math.max(0, next - performance.now()) + 5);
    if (!due.length) return this.#inFlight ? undefined : this.#release();
    if (!this.#lock.held && !this.isAlone) return this.#lock.want();
    if (this.#isFresh || this.isAlone) for (const item of due) this.#send(item);
  }

  /** The first of each conversation that may go, and when the next waiting one may. */
  #due() {
    const now = performance.now();
    const blocked = new Set();
    const due = [];
    let next = Infinity;
    for (const item of this.#outbox.items.all) {
      if (item.state === 'failed') continue;
      const lanes = this.#lanesOf(item);
      const isFree = !lanes.some((lane) => blocked.has(lane));
      for (const lane of lanes) blocked.add(lane);
      if (!isFree || item.isInFlight || !item.isSaved) continue;
      if (item.retryAt > now) next = Math.min(next, item.retryAt);
      else due.push(item);
    }
    return { due, next };
  }

  /** A conversation with one person goes by two names until it is known to be there. */
  #lanesOf(item) {
    const lanes = item.to_user_id === null ? [] : [`u${item.to_user_id}`];
    const id = item.conversation_id ?? this.#store.directWith(item.to_user_id)?.id;
    return id === undefined ? lanes : [...lanes, `c${id}`];
  }

  async #send(item) {
    Object.assign(item, { isInFlight: true, wasUncertain: item.uncertain });
    this.#inFlight += 1;
    this.#outbox.tell([item]);
    try {
      if (!(await this.#store.login.prove())) return;
      const conversationId = item.conversation_id ?? (await this.#store.openDirect(item.to_user_id)).id;
      const claimed = await this.#outbox.claim(item, conversationId);
      if (claimed && this.#mayEmit()) {
        const { client_id, body, attachments } = claimed;
        const files = attachments.length ? { attachment_ids: attachments.map(({ id }) => id) } : {};
        const ack = await this.#store.request('message_create', { conversation_id: conversationId, client_id, body, ...files });
        this.#store.receive(ack.message);
      }
    } catch (error) {
      this.#failed(item, error);
    } finally {
      item.isInFlight = false;
      this.#inFlight -= 1;
      this.#outbox.tell([item]);
      this.wake();
    }
  }

  #mayEmit() {
    return this.isReady && (this.#lock.held || this.isAlone) && this.#store.login.isMine();
  }

  #failed(item, error) {
    const { code, message, retryAfter } = error;
    item.attempts += 1;
    const isRefused = FOR_GOOD.has(code) || (!PASSING.has(code) && item.attempts >= UNKNOWN_TRIES);
    if (isRefused) return this.#outbox.notSent(item, { error: { code, message }, uncertain: false });
    const wait = retryAfter === undefined ? backoff(item.attempts - 1) : retryAfter * 1000 + jitter(0, 500);
    // A limit is checked before anything is stored; all other failures leave it open.
    const uncertain = code === 'rate_limited' ? item.wasUncertain : item.uncertain;
    this.#outbox.notSent(item, { wait, uncertain });
    if (code === undefined) throw error; // a fault of ours, not an answer: seen as uncaught, and tried again
  }

  async #begin() {
    this.#isFresh = false;
    await this.#outbox.reload();
    this.#isFresh = this.#lock.held;
    this.wake();
  }

  #lost() {
    this.#isFresh = false;
    this.wake();
  }

  #release() {
    this.#isFresh = false;
    this.#lock.release();
  }
}
