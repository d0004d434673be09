import { History } from './history.js';

/** A history with one's own read mark in it. */
export class ReadHistory extends History {
  isOpen = false;
  firstUnreadSeq = null; // where the line "new messages" belongs
  keepsUnread = false; // put back by hand: until the view is left, seeing is not reading

  get lastReadSeq() {
    return this.conversation?.last_read_seq ?? 0;
  }

  markRead(seq) {
    if (!this.conversation || this.keepsUnread || seq <= this.lastReadSeq) return;
    // Not capped by the list's last_seq: a page of messages may know of one before the list does.
    this.store.reads.mark(this.conversation.id, seq);
  }

  /** Puts one's own mark back to before `seq`; this view does not move it again until it is left. */
  markUnreadFrom(seq) {
    return this.store.markUnread(this.conversationId, seq);
  }

  /** One's own mark is being put back, here or elsewhere; or was moved on. */
  keepUnread(isBack) {
    this.keepsUnread = isBack && this.isOpen;
    // The mark itself moves right after.
    if (isBack) queueMicrotask(() => this.isLoaded && this.markFirstUnread());
  }

  /**
   * How many messages of others lie above `seq`, up to `last`; null when the window does not tell. It may be ahead
   * of the list, which counts what is newer when it comes there.
   */
  countAbove(seq, last) {
    const { window } = this;
    const reaches = !window.hasOlder || (window.first && window.first.seq <= seq + 1);
    if (!this.isLoaded || !reaches || !(window.last?.seq >= last)) return null;
    return window.messages.filter((message) => message.seq > seq && message.seq <= last && this.#counts(message)).length;
  }

  /** Fixes the first unread message; `known` when the server has named it. */
  markFirstUnread(known) {
    const { unread, last_read_seq: read } = this.conversation;
    const before = this.firstUnreadSeq;
    if (known !== undefined || !unread) {
      this.firstUnreadSeq = known ?? null;
    } else {
      const first = this.window.messages.find((message) => message.seq > read && this.#counts(message));
      const reaches = !this.window.hasOlder || this.window.first?.seq <= read + 1;
      this.firstUnreadSeq = reaches && first ? first.seq : read + 1;
    }
    if (this.firstUnreadSeq !== before) this.note('state', []);
  }

  #counts(message) {
    return message.sender_id !== this.store.me.id && message.kind === 'text' && !message.deleted_at;
  }
}
