/**
 * What the tabs of one person tell each other of their outbox: `put` (added or changed), `removed`,
 * `settled` (with the stored message), `sending`, `waiting`, `cleared`.
 */
export class OutboxChannel {
  #channel = null;

  constructor(userId, handle) {
    if (typeof BroadcastChannel === 'undefined') return; // tabs then meet in the storage alone
    this.#channel = new BroadcastChannel(`chat.outbox.${userId}`);
    this.#channel.onmessage = ({ data }) => handle(data);
  }

  post(type, detail) {
    this.#channel?.postMessage({ type, ...detail });
  }
}
