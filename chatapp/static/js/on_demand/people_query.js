import { get } from '../lib/api.js';

/** The directory as searched from one box, apart from what the navigation shows. */
export class PeopleQuery {
  users = [];
  next = null; // cursor of the next page, null at the end
  fault = null; // the error of the last request, if it failed
  #asked = null;
  #answer = Promise.resolve(false);
  #running = null; // AbortController of the request under way

  /** `changed({ isMore })` after each answer and each failure; isMore: it was about a further page. */
  constructor(store, changed) {
    Object.assign(this, { store, changed });
  }

  get isLoading() {
    return this.#running !== null;
  }

  /** Resolves with whether `users` is the answer to `text` and nothing else was asked for since. */
  ask(text) {
    if (text !== this.#asked || this.fault) {
      this.#asked = text;
      this.#answer = this.#load(null);
    }
    return this.#answer;
  }

  /** The next question is asked in any case: others may have signed up. */
  forget() {
    this.#asked = null;
  }

  more() {
    if (this.next && !this.isLoading && !this.fault) return this.#load(this.next);
  }

  /** What failed, once more. */
  retry() {
    if (this.#asked === null) return undefined;
    return this.#load(this.fault?.after ?? null);
  }

  async #load(after) {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    const query = new URLSearchParams({ q: this.#asked, limit: 50 });
    if (after) query.set('after', after);
    try {
      const page = await get(`/api/users?${query}`, { signal: running.signal });
      if (running !== this.#running) return false;
      this.#take(page, after);
    } catch (error) {
      if (running !== this.#running) return false;
      this.fault = { error, after };
    }
    this.#running = null;
    this.changed({ isMore: after !== null });
    return !this.fault;
  }

  #take({ users, next }, after) {
    this.store.crowd.know(users);
    const before = after ? this.users : [];
    const known = new Set(before.map((user) => user.id));
    this.users = [...before, ...users.filter((user) => !known.has(user.id))];
    Object.assign(this, { next, fault: null });
  }
}
