// What is read, muted or gone by now needs no telling any more, wherever it was read.
import { quietly } from './quietly.js';
import * as system from './system_notifications.js';

export class Withdrawal {
  #marks = new Map(); // conversation id -> up to where it needs no telling

  constructor(store, cards) {
    Object.assign(this, { store, cards });
  }

  /** Conversations have changed: takes away what is over by that. */
  moved() {
    const all = new Map(this.store.known.all().map((one) => [one.id, one]));
    for (const id of this.#marks.keys()) if (!all.has(id)) this.#settle(id, Infinity);
    for (const [id, { notify, last_read_seq: read }] of all) this.#settle(id, notify === 'nothing' ? Infinity : read);
  }

  /** Closes the notifications of the system that are over, of one conversation or of all. */
  close(conversationId) {
    return quietly(() => system.close((data) => this.#isOver(data), conversationId));
  }

  /** Closes all that are this person's. */
  closeAll() {
    return quietly(() => system.close(({ user_id: userId }) => userId === this.store.me.id));
  }

  #settle(id, mark) {
    const before = this.#marks.get(id);
    if (before === mark) return;
    if (this.store.conversation(id)) this.#marks.set(id, mark);
    else this.#marks.delete(id);
    if (before === undefined || mark < before) return;
    this.cards.close(id, mark);
    this.close(id);
  }

  /** `data` is a notification's own. */
  #isOver({ user_id: userId, conversation_id: id, seq }) {
    if (id === undefined) return false; // not about a conversation
    const conversation = this.store.conversation(id);
    const isWanted = conversation && conversation.notify !== 'nothing' && conversation.last_read_seq < seq;
    return userId !== this.store.me.id || !isWanted;
  }
}
