import { throttle } from '../lib/timers.js';

const PACE = 50; // ms between two rounds of 'change' while much is going on

/** Gathers what changed in a timeline and tells it: at once when it is quiet, in rounds when it is not. */
export class Changes {
  #byReason = new Map(); // reason -> Set of keys
  #tellSoon;

  constructor(timeline) {
    this.timeline = timeline;
    this.#tellSoon = throttle(() => this.tell(), PACE);
  }

  add(reason, keys) {
    if (!this.#byReason.has(reason)) this.#byReason.set(reason, new Set());
    for (const key of keys) this.#byReason.get(reason).add(key);
    if (reason === 'pending') this.tell(); // what a person does shows at once
    else this.#tellSoon();
  }

  tell() {
    const gathered = this.#byReason;
    this.#byReason = new Map();
    for (const [reason, keys] of gathered) this.timeline.emit('change', { reason, keys: [...keys] });
  }
}

/** Tells 'live' once for each message that came live from others. */
export function announcements(timeline) {
  let last = 0; // seq of the newest that was told, or that was there when the timeline was opened
  return {
    from(seq) {
      last = Math.max(last, seq);
    },
    offer(message, isLive) {
      if (message.seq <= last) return;
      last = message.seq;
      if (isLive && message.sender_id !== timeline.store.me.id) timeline.emit('live', { message });
    },
  };
}
