import { database } from './storage.js';
import { uuid } from './ids.js';
import { jitter } from './timers.js';

const LEASE = 6000; // ms
const PATIENCE = 12000; // ms without a sign from the holder before the lock is taken from it

/**
 * A lock that one tab of the browser holds at a time, for a burst of work: `want()` it, work while `held`,
 * `release()` it. A holder that shows no life (frozen, its timers throttled) loses it to the next one, so
 * work done under it must also be safe to do twice.
 */
export function createLock(name, { onHeld, onLost }) {
  const Kind = globalThis.navigator?.locks ? WebLock : LeaseLock; // plain http has no Web Locks
  return new Kind(name, { onHeld, onLost });
}

class Lock {
  held = false;
  wanted = false;

  constructor(name, { onHeld, onLost }) {
    Object.assign(this, { name, onHeld, onLost });
  }

  won() {
    this.held = true;
    this.onHeld();
  }

  lost() {
    const had = this.held;
    this.held = this.wanted = false;
    if (had) this.onLost();
  }
}

class WebLock extends Lock {
  #asking = null;
  #letGo = null;
  #patience = null;

  want() {
    if (this.wanted) return;
    this.wanted = true;
    this.#ask({ signal: this.#newSignal() });
    this.heard();
  }

  release() {
    clearTimeout(this.#patience);
    this.held = this.wanted = false;
    this.#asking?.abort();
    this.#letGo?.();
    this.#asking = this.#letGo = null;
  }

  /** The holder gave a sign of life: wait for it anew. */
  heard() {
    clearTimeout(this.#patience);
    if (this.wanted && !this.held) this.#patience = setTimeout(() => this.#steal(), jitter(PATIENCE, PATIENCE / 2));
  }

  #steal() {
    if (!this.wanted || this.held) return;
    this.#asking?.abort();
    this.#asking = null;
    this.#ask({ steal: true });
  }

  #newSignal() {
    this.#asking = new AbortController();
    return this.#asking.signal;
  }

  #ask(options) {
    let letGo = null;
    const work = () =>
      new Promise((resolve) => {
        letGo = resolve;
        if (!this.wanted) return resolve();
        clearTimeout(this.#patience);
        this.#letGo = resolve;
        this.won();
      });
    navigator.locks.request(this.name, options, work).catch((error) => {
      if (error.name === 'AbortError') {
        if (letGo && this.#letGo === letGo) this.lost(); // stolen
      } else if (this.wanted) {
        this.won(); // locks are refused here: work without, the server still keeps doubles out
      }
    });
  }
}

class LeaseLock extends Lock {
  #me = uuid();
  #timer = null;

  want() {
    if (this.wanted) return;
    this.wanted = true;
    this.#tick();
  }

  release() {
    clearTimeout(this.#timer);
    const had = this.held;
    this.held = this.wanted = false;
    if (had) this.#drop().catch(() => {}); // it runs out by itself
  }

  heard() {} // an old lease ends by itself

  async #tick() {
    clearTimeout(this.#timer);
    // Storage that fails gives no lock to anybody: work without, the server still keeps doubles out.
    const mine = await this.#take().catch(() => true);
    if (!this.wanted) {
      if (mine) this.#drop().catch(() => {});
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), mine ? LEASE / 3 : jitter(400, 400));
    if (mine && !this.held) this.won();
    else if (!mine && this.held) this.lost();
  }

  /** Takes or renews the lease. One that reaches too far ahead is from before the clock was set back. */
  async #take() {
    const tx = (await database()).transaction('leases', 'readwrite');
    const lease = await tx.store.get(this.name);
    const now = Date.now();
    const free = !lease || lease.holder === this.#me || lease.until < now || lease.until > now + 2 * LEASE;
    if (free) await tx.store.put({ name: this.name, holder: this.#me, until: now + LEASE });
    await tx.done;
    return free;
  }

  async #drop() {
    const tx = (await database()).transaction('leases', 'readwrite');
    const lease = await tx.store.get(this.name);
    if (lease?.holder === this.#me) await tx.store.delete(this.name);
    await tx.done;
  }
}
