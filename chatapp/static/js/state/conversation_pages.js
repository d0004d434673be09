import { get } from '../lib/api.js';

/** The pages of one list of conversations, most recent first. */
export class ConversationPages {
  #running = null;

  /** `next` is the cursor of the next page; undefined: the first was not read yet; null: there is none. */
  constructor({ query = {}, next, merge }) {
    Object.assign(this, { query, next, merge });
  }

  get hasMore() {
    return this.next !== null;
  }

  load() {
    this.#running ??= this.#load().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #load() {
    if (!this.hasMore) return;
    const askedAt = performance.now();
    const query = new URLSearchParams({ ...this.query, limit: 50 });
    if (this.next) query.set('after', this.next);
    const page = await get(`/api/conversations?${query}`);
    this.next = page.next;
    for (const conversation of page.conversations) this.merge(conversation, askedAt);
  }
}
