const MOST = 600; // stored messages a window keeps
const SLACK = 50; // beyond that before it drops some, so that not every message moves both ends

/**
 * The part of a conversation's history that is loaded: messages ascending by `seq`, without a gap once
 * catch-up is done. `hasOlder`/`hasNewer` tell whether the conversation goes on beyond either end.
 */
export class MessageWindow {
  messages = [];
  hasOlder = false;
  hasNewer = false;

  constructor(myId) {
    this.myId = myId;
  }

  get first() {
    return this.messages[0];
  }

  get last() {
    return this.messages.at(-1);
  }

  get isFull() {
    return this.messages.length >= MOST;
  }

  at(seq) {
    const message = this.messages[this.#indexOf(seq)];
    return message?.seq === seq ? message : undefined;
  }

  reset(messages, { hasOlder, hasNewer }) {
    this.messages = [];
    Object.assign(this, { hasOlder, hasNewer });
    return messages.map((message) => this.#insert(this.messages.length, message));
  }

  /** Puts a message where it belongs; returns 'added', 'changed', or null (known already, or outside). */
  apply(message) {
    const at = this.#indexOf(message.seq);
    const held = this.messages[at];
    if (held?.seq === message.seq) {
      if (message.version <= held.version) return null;
      this.messages[at] = { ...message, key: held.key };
      return 'changed';
    }
    if (at === this.messages.length && this.hasNewer) return null;
    if (at === 0 && this.hasOlder) return null;
    this.#insert(at, message);
    return 'added';
  }

  /** Adds a page that lies before or after; returns the keys of what was new. */
  extend(page, side) {
    const keys = [];
    for (const message of page) {
      const at = this.#indexOf(message.seq);
      if (this.messages[at]?.seq === message.seq) this.apply(message);
      else keys.push(this.#insert(at, message));
    }
    if (side === 'older') this.#dropNewest();
    else this.dropOldest();
    return keys;
  }

  dropOldest() {
    if (this.messages.length <= MOST + SLACK) return;
    this.hasOlder = true;
    this.messages.splice(0, this.messages.length - MOST);
  }

  #dropNewest() {
    if (this.messages.length <= MOST + SLACK) return;
    this.hasNewer = true;
    this.messages.splice(MOST);
  }

  /** Stable over a message's life: one's own keep the client id that the pending copy had. */
  keyOf(message) {
    return message.sender_id === this.myId && message.client_id ? message.client_id : `m${message.id}`;
  }

  #insert(at, message) {
    const key = this.keyOf(message);
    this.messages.splice(at, 0, { ...message, key });
    return key;
  }

  /** Where `seq` is or would be; looks at the end first, where almost all goes. */
  #indexOf(seq) {
    let low = 0;
    let high = this.messages.length;
    if (high && this.messages[high - 1].seq < seq) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.messages[middle].seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
