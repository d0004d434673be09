import { get } from '../lib/api.js';
import { backoff, jitter } from '../lib/timers.js';

const FAR = 1000; // versions behind from which reading the window anew is cheaper than the changes

/** Closes the holes of one timeline: reads what changed since its cursor until nothing is missing. */
export class CatchUp {
  #isRunning = false;
  #again = false;
  #isDue = false; // whether there is a hole or not
  #timer = null;
  #attempt = 0;

  constructor(timeline) {
    this.timeline = timeline;
  }

  /** After a hole was seen: workers publish out of order, so what is missing may be here in a moment. */
  soon() {
    if (this.#timer === null) this.#in(jitter(300, 200));
  }

  /** For what has no version: read marks may have moved unheard of. Not all pages at once after a restart. */
  later() {
    this.#isDue = true;
    if (this.#timer === null) this.#in(jitter(300, 1200));
  }

  async now() {
    if (this.#isRunning) {
      this.#again = true;
      return;
    }
    this.#isRunning = true;
    clearTimeout(this.#timer);
    this.#timer = null;
    try {
      do {
        this.#again = this.#isDue = false;
        await this.#read();
      } while (this.#again);
      this.#attempt = 0;
      if (this.timeline.cursor.hasHole) this.soon();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isRunning = false;
    }
  }

  async #read() {
    const { timeline } = this;
    for (let more = true; more; ) {
      const since = timeline.cursor.value;
      if (since === null) return;
      const { epoch } = timeline;
      const askedAt = performance.now();
      const page = await get(`/api/conversations/${timeline.conversation.id}/changes?since=${since}&limit=200`);
      if (epoch !== timeline.epoch) return; // the window was read anew meanwhile
      if (timeline.cursor.value < since) continue; // an older page came in: this one does not join on
      if (page.conversation.version - since > FAR) return timeline.pages.again();
      timeline.takeChanges(page, askedAt);
      more = page.more;
    }
  }

  #failed(error) {
    const { timeline } = this;
    if (!timeline.conversation) return; // gone meanwhile
    if (error.code === 'not_found') return timeline.store.removeConversation(timeline.conversation.id);
    timeline.showHeld();
    // Offline ends with a connect, which asks again by itself; anything else is asked again here.
    if (!timeline.store.isConnected) return;
    clearTimeout(this.#timer);
    this.#isDue = true;
    this.#in((error.retryAfter ?? 0) * 1000 + backoff(this.#attempt++));
  }

  #in(ms) {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#isDue || this.timeline.cursor.hasHole) this.now();
    }, ms);
  }
}
