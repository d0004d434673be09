import { jitter } from '../lib/timers.js';
import { ConversationEntry } from './conversation_entry.js';

const UNSURE = 5000; // ms in which a shelf and a message may have overtaken each other
const LATE = 1500; // ms that the news of a change may come after the line that tells of it

/**
 * The conversations that are known, with what the list shows of them. The server's numbers are the truth
 * whenever they come; in between, live messages move them.
 */
export class Conversations {
  #entries = new Map(); // id -> ConversationEntry
  #removed = new Map(); // id -> when
  #sorted = null;

  /** `countUnread(conversation)` counts from a loaded window or returns null; `ask()` asks for a sync. */
  constructor({ myId, reads, settings, countUnread, ask, changed }) {
    Object.assign(this, { reads, settings, ask, changed });
    this.forEntries = {
      myId,
      countUnread,
      ask: (entry) => this.#askAgain(entry),
      sent: (id, seq) => reads.sent(id, seq),
    };
  }

  get(id) {
    return this.#entries.get(id)?.conversation;
  }

  all() {
    return [...this.#entries.values()].map((entry) => entry.conversation);
  }

  /** Those on a shelf (null: on none), most recent first; a direct one in which nothing was said yet is not shown. */
  list(shelf = null) {
    this.#sorted ??= this.all()
      .filter((conversation) => conversation.kind !== 'direct' || conversation.last_seq > 0)
      .sort((a, b) => compare(b.active_at, a.active_at) || b.id - a.id);
    return this.#sorted.filter((conversation) => (conversation.shelf ?? null) === shelf);
  }

  directWith(userId) {
    for (const { conversation } of this.#entries.values()) {
      if (conversation.kind === 'direct' && conversation.members.some((member) => member.id === userId)) return conversation;
    }
    return undefined;
  }

  /** Without muted ones. */
  totalUnread() {
    return this.all().reduce((total, { notify, unread }) => (notify === 'nothing' ? total : total + unread), 0);
  }

  /** Conversation id -> version up to which nothing is missing; 0 asks for fresh numbers. */
  cursors() {
    const cursors = {};
    for (const [id, entry] of this.#entries) cursors[id] = entry.isStale ? 0 : entry.cursor.value;
    return cursors;
  }

  /** Takes the server's view, asked for at `askedAt` (performance.now()); undefined when it has been removed since. */
  merge(snapshot, askedAt = performance.now()) {
    const { id } = snapshot;
    if (this.#removed.get(id) > askedAt) return undefined;
    const entry = this.#entries.get(id) ?? this.#add(id);
    const { conversation } = entry;
    if (!entry.merge(snapshot)) {
      if (entry.isStale) this.ask();
      return conversation;
    }
    const read = this.reads.newest(id, snapshot.last_read_seq, askedAt);
    if (read !== snapshot.last_read_seq) entry.setRead(read, this.reads.isSettled(id));
    Object.assign(conversation, this.settings.take(id, snapshot, askedAt));
    this.#touch();
    return conversation;
  }

  /** Takes what all members share of it (a new title, other members), or one's own settings. */
  patch({ id, notify, shelf, ...shared }) {
    const entry = this.#entries.get(id);
    if (!entry) return this.ask();
    if (shared.version !== undefined) entry.patch(shared);
    if (notify !== undefined || shelf !== undefined) this.takeOwn(id, { notify, shelf });
    this.#touch();
  }

  /** A member has another name or picture. */
  rename(user) {
    for (const { members } of this.all()) {
      const member = members.find(({ id }) => id === user.id);
      if (member) Object.assign(member, user);
    }
  }

  /** One's own settings, as the server says them: just now, or asked for at `askedAt`. */
  takeOwn(id, said, askedAt) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    if (askedAt === undefined && said.shelf && performance.now() - entry.movedAt < UNSURE) this.ask();
    this.show(id, this.settings.take(id, said, askedAt));
  }

  show(id, settings) {
    const conversation = this.get(id);
    if (!conversation || Object.entries(settings).every(([name, value]) => conversation[name] === value)) return;
    Object.assign(conversation, settings);
    this.#touch();
  }

  receive(message) {
    const entry = this.#entries.get(message.conversation_id);
    if (!entry) return this.ask();
    const before = entry.conversation.last_seq;
    entry.receive(message);
    if (entry.cursor.hasHole) this.ask();
    if (entry.conversation.last_seq > before) this.#unshelve(entry);
    if (message.kind === 'system') setTimeout(() => entry.isBehind(message.version) && this.#askAgain(entry), jitter(LATE, LATE));
    this.#touch();
  }

  /** One's own read mark moved; `isFinal` when the server has said so. */
  read(id, seq, isFinal = true) {
    const entry = this.#entries.get(id);
    if (!entry || (entry.conversation.last_read_seq === seq && !isFinal)) return;
    entry.setRead(seq, isFinal);
    this.#touch();
  }

  /** No longer one's own; as of an answer asked for at `askedAt`, or just now. */
  remove(id, askedAt = performance.now()) {
    if (this.#entries.get(id)?.addedAt > askedAt) return false;
    this.#entries.delete(id);
    this.#removed.set(id, performance.now());
    this.settings.forget(id);
    this.#touch();
    return true;
  }

  #add(id) {
    const entry = new ConversationEntry(this.forEntries);
    this.#entries.set(id, entry);
    return entry;
  }

  /** News take a conversation off its shelf. */
  #unshelve({ conversation }) {
    if (!conversation.shelf) return;
    Object.assign(conversation, this.settings.take(conversation.id, { shelf: null }));
    this.ask(); // it may have been put there after this message, and the word of it have come first
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
