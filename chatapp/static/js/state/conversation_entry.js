import { VersionCursor } from './cursor.js';

const UNREAD_CAP = 100;
const SHARED = ['title', 'members', 'member_count', 'role']; // what one change tells all members

/** One conversation as it is known, with what the list shows of it. */
export class ConversationEntry {
  conversation = {};
  cursor = new VersionCursor();
  isStale = false; // only the server knows the numbers
  addedAt = performance.now();
  movedAt = -Infinity; // when the last new message came
  #sharedVersion = -1; // as of which version the shared fields were taken

  /**
   * `countUnread(conversation)` counts from a loaded window, or returns null; `ask(entry)` asks for fresh numbers;
   * `sent(id, seq)` is told when a message of one's own follows on what was read.
   */
  constructor({ myId, countUnread, ask, sent }) {
    Object.assign(this, { myId, countUnread, ask, sent });
  }

  /** Takes the server's view; of an older one than held nothing is taken. */
  merge(snapshot) {
    const { conversation, cursor } = this;
    if (cursor.value !== null && snapshot.version < cursor.value) return false;
    const isOlder = snapshot.version < this.#sharedVersion;
    const kept = isOlder ? Object.fromEntries(SHARED.map((name) => [name, conversation[name]])) : {};
    Object.assign(conversation, snapshot, kept);
    if (!isOlder) this.#sharedVersion = snapshot.version;
    this.isStale = false;
    for (const message of cursor.advance(snapshot.version)) this.#apply(message);
    return true;
  }

  /** Takes what a change of title, members or roles told everybody. */
  patch({ version, title, members, member_count: count }) {
    const { conversation, myId } = this;
    if (version < this.#sharedVersion) return;
    this.#sharedVersion = version ?? this.#sharedVersion;
    const isSame = title === conversation.title && JSON.stringify(members) === JSON.stringify(conversation.members);
    if (title !== undefined) conversation.title = title;
    if (members === undefined) return;
    Object.assign(conversation, { members, member_count: count ?? members.length });
    const mine = members.find((member) => member.id === myId);
    if (mine) conversation.role = mine.role ?? conversation.role;
    else if (isSame) this.ask(this); // of those not shown here, it may be oneself who has another role now
  }

  /** Takes a live message, and with it those that waited for it. */
  receive(message) {
    for (const next of this.cursor.offer(message)) this.#apply(next);
  }

  /** One's own read mark moved, forward or back; `isFinal` when the server has said so. */
  setRead(seq, isFinal) {
    const { conversation } = this;
    conversation.last_read_seq = seq;
    const left = Math.max(0, conversation.last_seq - seq);
    const counted = left === 0 ? 0 : this.countUnread(conversation);
    conversation.unread = Math.min(UNREAD_CAP, counted ?? Math.min(left, this.#guess()));
    if (counted === null && isFinal) this.ask(this);
  }

  /** Whether title and members are older than a message that tells of a change in them. */
  isBehind(version) {
    return this.#sharedVersion < version;
  }

  /** A going back is at least seen, until the server has counted. */
  #guess() {
    const { unread, last_read_seq: read, last_message: last } = this.conversation;
    return last && last.seq > read && this.#counts(last) ? Math.max(1, unread) : unread;
  }

  #apply(message) {
    const { conversation } = this;
    conversation.version = Math.max(conversation.version, message.version);
    if (message.seq > conversation.last_seq) this.#created(message);
    else this.#edited(message);
  }

  #created(message) {
    const { conversation } = this;
    this.movedAt = performance.now();
    conversation.last_seq = message.seq;
    conversation.last_message = message;
    if (message.created_at > conversation.active_at) conversation.active_at = message.created_at;
    if (message.sender_id === this.myId) {
      if (conversation.last_read_seq !== message.seq - 1) return;
      conversation.last_read_seq = message.seq;
      this.sent(conversation.id, message.seq);
    } else if (this.#counts(message) && message.seq > conversation.last_read_seq) {
      conversation.unread = Math.min(UNREAD_CAP, conversation.unread + 1);
    }
  }

  #edited(message) {
    const { conversation } = this;
    if (conversation.last_message?.seq === message.seq) conversation.last_message = message;
    // It may have been deleted or restored, which only the server can count.
    if (message.sender_id !== this.myId && message.seq > conversation.last_read_seq) this.ask(this);
  }

  #counts(message) {
    return message.sender_id !== this.myId && message.kind === 'text' && !message.deleted_at;
  }
}
