import { get, patch } from '../lib/api.js';
import { Directory } from './directory.js';
import { Seen } from './seen.js';

const UNSURE = 5000; // ms in which two words of the server may have overtaken each other

/** Who has read how far: oneself, and the others as far as they tell. */
export class Receipts extends Directory {
  #accountAt = -Infinity; // as of when the account is known

  constructor(boot, parts) {
    super(boot, parts);
    this.messageAt = parts.messageAt;
    this.ask = parts.ask;
    this.seen = new Seen({ me: this.me, told: (conversationId) => this.emit('reads', { conversationId }) });
  }

  /** Someone's read mark moved; only one's own changes what is unread. */
  readMarked(conversationId, userId, seq) {
    if (userId === this.me.id) this.reads.confirm(conversationId, seq);
    else this.seen.moved(this.conversation(conversationId), userId, seq);
  }

  /** One's own mark as of a sync that was asked for at `askedAt`. */
  takeRead(id, seq, askedAt) {
    const conversation = this.conversation(id);
    if (!conversation) return;
    const newest = this.reads.newest(id, seq, askedAt);
    if (conversation.last_read_seq !== newest) this.known.read(id, newest, this.reads.isSettled(id));
  }

  /** The users, without oneself and its author, who are known to have read a message: in groups of up to 50. */
  readersOf(conversation, seq) {
    const message = this.messageAt(conversation.id, seq);
    return this.seen.readersOf(conversation, seq, message?.sender_id);
  }

  /** Puts one's own mark back to before `seq`, by default before the last message of the others. */
  async markUnread(id, seq) {
    const conversation = this.conversation(id);
    this.turned(id, true);
    try {
      const from = Math.max(seq ?? (await this.#lastToRead(conversation)), conversation.visible_from_seq ?? 1);
      await this.reads.putBack(id, from, conversation.last_read_seq);
    } catch (error) {
      this.turned(id, false);
      throw error;
    }
  }

  /** Changes some of one's own settings. */
  async setAccount(change) {
    const askedAt = performance.now();
    this.accountChanged(await this.login.asMe(() => patch('/api/account', change)), askedAt);
  }

  /** One's own settings, all or some, as the server has them: just now, or as asked for at `askedAt`. */
  accountChanged(account, askedAt = performance.now()) {
    if (askedAt < this.#accountAt) return;
    const before = this.#accountAt;
    this.#accountAt = askedAt;
    const changed = Object.keys(account).filter((name) => name in this.me && account[name] !== this.me[name]);
    if (!changed.length) return;
    if (askedAt - before < UNSURE) this.ask(); // one of the two words may have overtaken the other
    for (const name of changed) this.me[name] = account[name];
    if (changed.includes('shares_reads')) {
      this.seen.switch(this.known.all());
      this.resumeTimelines(); // what is open asks for the marks
    }
    this.emit('account');
  }

  async #lastToRead({ id, last_seq: end, last_message: last }) {
    const isToRead = ({ kind, sender_id: sender, deleted_at: deleted }) => kind === 'text' && sender !== this.me.id && !deleted;
    const at = (seq) => (last?.seq === seq ? last : this.messageAt(id, seq));
    for (let seq = end; at(seq); seq -= 1) if (isToRead(at(seq))) return seq;
    const { messages } = await get(`/api/conversations/${id}/messages?limit=100`);
    return messages.findLast(isToRead)?.seq ?? end;
  }
}
