import { get } from '../lib/api.js';
import { backoff } from '../lib/timers.js';

const WAIT = 50; // ms in which those who are missed together are asked for together
const MOST = 100; // ids in one request

/** People who are named somewhere and not known here yet: asked for together, and each only once. */
export class Strangers {
  #wanted = new Set();
  #asked = new Set();
  #timer = null;
  #attempt = 0;

  /** `met(users)` is told who they are; `failed()` that they may be asked for again. */
  constructor({ met, failed }) {
    Object.assign(this, { met, failed });
  }

  want(id) {
    if (!Number.isInteger(id) || this.#asked.has(id)) return;
    this.#asked.add(id);
    this.#wanted.add(id);
    this.#timer ??= setTimeout(() => this.#ask(), WAIT);
  }

  async #ask() {
    this.#timer = null;
    const ids = [...this.#wanted].slice(0, MOST);
    for (const id of ids) this.#wanted.delete(id);
    if (this.#wanted.size) this.#timer = setTimeout(() => this.#ask(), WAIT);
    try {
      const { users } = await get(`/api/users?ids=${ids.join()}`);
      this.#attempt = 0;
      this.met(users);
    } catch (error) {
      if (error.code === 'bad_request' || error.code === 'login_required') return;
      setTimeout(() => {
        for (const id of ids) this.#asked.delete(id);
        this.failed();
      }, (error.retryAfter ?? 0) * 1000 + backoff(this.#attempt++));
    }
  }
}
