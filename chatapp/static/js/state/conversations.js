import { get } from '../lib/api.js';
import { VersionCursor } from './cursor.js';

const UNREAD_CAP = 100;

/**
 * The conversations that are known, with what the list shows of them. The server's numbers are the truth
 * whenever they come; in between, live messages move them.
 */
export class Conversations {
  #entries = new Map(); // id -> { conversation, cursor, isStale }
  #sorted = null;
  next = null; // cursor of the next page, null at the end

  /** `countUnread(conversation)` counts from a loaded window or returns null; `ask()` asks for a sync. */
  constructor({ myId, reads, countUnread, ask, changed }) {
    Object.assign(this, { myId, reads, countUnread, ask, changed });
  }

  get(id) {
    return this.#entries.get(id)?.conversation;
  }

  /** Most recent first; a direct one in which nothing was said yet is not shown. */
  list() {
    this.#sorted ??= [...this.#entries.values()]
      .map((entry) => entry.conversation)
      .filter((conversation) => conversation.kind !== 'direct' || conversation.last_seq > 0)
      .sort((a, b) => compare(b.active_at, a.active_at) || b.id - a.id);
    return this.#sorted;
  }

  directWith(userId) {
    for (const { conversation } of this.#entries.values()) {
      if (conversation.kind === 'direct' && conversation.members.some((member) => member.id === userId)) return conversation;
    }
    return undefined;
  }

  totalUnread() {
    let total = 0;
    for (const { conversation } of this.#entries.values()) total += conversation.unread;
    return total;
  }

  /** Conversation id -> version up to which nothing is missing; 0 asks for fresh numbers. */
  cursors() {
    const cursors = {};
    for (const [id, entry] of this.#entries) cursors[id] = entry.isStale ? 0 : entry.cursor.value;
    return cursors;
  }

  /** Takes the server's view, asked for at `askedAt` (performance.now()); an older one than held is ignored. */
  merge(snapshot, askedAt = performance.now()) {
    const entry = this.#entries.get(snapshot.id) ?? this.#add(snapshot.id);
    if (entry.cursor.value !== null && snapshot.version < entry.cursor.value) return entry.conversation;
    const { conversation } = entry;
    Object.assign(conversation, snapshot);
    entry.isStale = false;
    const read = this.reads.newest(snapshot.id, snapshot.last_read_seq, askedAt);
    if (read > snapshot.last_read_seq) this.#setRead(entry, read, false);
    for (const message of entry.cursor.advance(snapshot.version)) this.#apply(entry, message);
    this.#touch();
    return conversation;
  }

  /** Takes what all members share of it (a new title, other members), not this person's own numbers. */
  patch({ id, title, members, member_count }) {
    const conversation = this.get(id);
    if (!conversation) return this.ask();
    if (title !== undefined) conversation.title = title;
    if (members !== undefined) Object.assign(conversation, { members, member_count: member_count ?? members.length });
    this.#touch();
  }

  receive(message) {
    const entry = this.#entries.get(message.conversation_id);
    if (!entry) return this.ask();
    for (const next of entry.cursor.offer(message)) this.#apply(entry, next);
    if (entry.cursor.hasHole) this.ask();
    this.#touch();
  }

  /** One's own read mark moved; `isFinal` when the server has said so. */
  read(id, seq, isFinal = true) {
    const entry = this.#entries.get(id);
    if (!entry || (entry.conversation.last_read_seq === seq && !isFinal)) return;
    this.#setRead(entry, seq, isFinal);
    this.#touch();
  }

  remove(id) {
    this.#entries.delete(id);
    this.#touch();
  }

  async loadMore() {
    if (!this.next) return;
    const askedAt = performance.now();
    const page = await get(`/api/conversations?limit=50&after=${encodeURIComponent(this.next)}`);
    this.next = page.next;
    for (const conversation of page.conversations) this.merge(conversation, askedAt);
  }

  #add(id) {
    const entry = { conversation: {}, cursor: new VersionCursor(), isStale: false };
    this.#entries.set(id, entry);
    return entry;
  }

  #apply(entry, message) {
    const { conversation } = entry;
    conversation.version = Math.max(conversation.version, message.version);
    if (message.seq > conversation.last_seq) this.#created(conversation, message);
    else this.#edited(entry, message);
  }

  #created(conversation, message) {
    conversation.last_seq = message.seq;
    conversation.last_message = message;
    if (message.created_at > conversation.active_at) conversation.active_at = message.created_at;
    if (message.sender_id === this.myId) {
      if (conversation.last_read_seq === message.seq - 1) conversation.last_read_seq = message.seq;
    } else if (message.kind === 'text' && !message.deleted_at && message.seq > conversation.last_read_seq) {
      conversation.unread = Math.min(UNREAD_CAP, conversation.unread + 1);
    }
  }

  #edited(entry, message) {
    const { conversation } = entry;
    if (conversation.last_message?.seq === message.seq) conversation.last_message = message;
    // It may have been deleted or restored, which only the server can count.
    if (message.sender_id !== this.myId && message.seq > conversation.last_read_seq) this.#askAgain(entry);
  }

  #setRead(entry, seq, isFinal) {
    const { conversation } = entry;
    conversation.last_read_seq = seq;
    const left = Math.max(0, conversation.last_seq - seq);
    const counted = left === 0 ? 0 : this.countUnread(conversation);
    conversation.unread = Math.min(UNREAD_CAP, counted ?? Math.min(left, conversation.unread));
    if (counted === null && isFinal) this.#askAgain(entry);
  }

  #askAgain(entry) {
    entry.isStale = true;
    this.ask();
  }

  #touch() {
    this.#sorted = null;
    this.changed();
  }
}

/** ISO times compare as text. */
function compare(a, b) {
  if (a === b) return 0;
  return (a ?? '') < (b ?? '') ? -1 : 1;
}
