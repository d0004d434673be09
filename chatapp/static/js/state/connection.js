import { Emitter } from '../lib/emitter.js';

/**
 * How this page is connected: `state` is 'connecting', 'live' (WebSocket), 'polling' or 'offline'; `since`
 * is the Date it became so. Tells 'change'.
 */
export class Connection extends Emitter {
  state = 'connecting';
  since = new Date();
  #lostAt = this.since;

  get isUp() {
    return this.state === 'live' || this.state === 'polling';
  }

  /** Connected over the named transport. */
  up(transport) {
    this.#lostAt = null;
    this.#become(transport === 'websocket' ? 'live' : 'polling', new Date());
  }

  /** The connection went; `lastHeard` (a Date) is given when that was noticed only later. */
  lost(lastHeard = new Date()) {
    this.#lostAt ??= lastHeard;
    this.#become(globalThis.navigator?.onLine === false ? 'offline' : 'connecting', this.#lostAt);
  }

  /** An attempt failed: offline, and honestly so since the connection went, not since this attempt. */
  failed() {
    this.#become('offline', this.#lostAt ?? new Date());
  }

  #become(state, since) {
    if (state === this.state) return;
    // Each attempt while offline is no news.
    if (this.state === 'offline' && state === 'connecting') return;
    this.state = state;
    this.since = since;
    this.emit('change', { state, since });
  }
}
