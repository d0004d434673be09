import { throttle } from '../lib/timers.js';

const MOST = 50; // members up to which everybody's marks are told
const PACE = 50; // ms between two rounds of news

/** How far the other members have read: `reads` of a conversation, user id -> seq, without oneself. */
export class Seen {
  #complete = new Set(); // ids of conversations whose marks are all known
  #doubtedAt = new Map(); // conversation id, or undefined for all -> when
  #movedAt = new Map(); // conversation id and user id -> when a mark moved live
  #crowds = new Map(); // conversation id -> its members, in order of their coming
  #large = new Set(); // ids of conversations in which marks are not told
  #changed = new Set();
  #tellSoon = throttle(() => this.#tell(), PACE);

  /** `told(conversationId)` is called when marks have moved. */
  constructor({ me, told }) {
    Object.assign(this, { me, told });
  }

  isComplete(id) {
    return this.#isOff || this.#large.has(id) || this.#complete.has(id);
  }

  /** News may have been missed; the marks are good as far as they go. */
  doubt(id) {
    this.#doubtedAt.set(id, performance.now());
    if (id === undefined) this.#complete.clear();
    else this.#complete.delete(id);
  }

  /** All marks, as of an answer that was asked for at `askedAt`; what came live since is further on. */
  take(conversation, reads, askedAt = performance.now()) {
    const { id, reads: held = {} } = conversation;
    const marks = this.#isOff ? {} : { ...reads };
    delete marks[this.me.id];
    for (const [userId, seq] of Object.entries(held)) {
      if (this.#movedAt.get(`${id} ${userId}`) > askedAt) marks[userId] = Math.max(seq, marks[userId] ?? 0);
    }
    conversation.reads = marks;
    const doubts = [undefined, id].map((whose) => this.#doubtedAt.get(whose) ?? -Infinity);
    if (askedAt > Math.max(...doubts)) this.#complete.add(id);
    this.#note(conversation);
  }

  moved(conversation, userId, seq) {
    if (!conversation || this.#isOff || conversation.member_count > MOST) return;
    // Somebody of whose coming is not known here yet: to be asked for when it is.
    if (!conversation.members.some((member) => member.id === userId)) return this.doubt(conversation.id);
    conversation.reads ??= {};
    if (seq <= (conversation.reads[userId] ?? -1)) return;
    conversation.reads[userId] = seq;
    this.#movedAt.set(`${conversation.id} ${userId}`, performance.now());
    this.#note(conversation);
  }

  /** Who writes has read what was there, if nothing was left before it. */
  sent(conversation, { sender_id: userId, seq }) {
    if ((conversation?.reads?.[userId] ?? 0) === seq - 1) this.moved(conversation, userId, seq);
  }

  /** The members have changed: of whom is gone nothing is kept, and of a group that grew too large only one's own. */
  fit(conversation) {
    const { id, reads, members, member_count: count } = conversation;
    if (count > MOST) this.#large.add(id);
    else if (this.#large.delete(id)) this.doubt(id);
    const now = members.map((member) => `${member.id} ${member.visible_from_seq}`);
    const before = this.#crowds.get(id) ?? now;
    this.#crowds.set(id, now);
    // Somebody came; or went unnoticed and came back, last of all, and starts over.
    if (before.filter((one) => now.includes(one)).join() !== now.join()) this.doubt(id);
    const present = new Set(count > MOST ? [] : members.map((member) => String(member.id)));
    const left = Object.entries(reads ?? {}).filter(([userId]) => present.has(userId));
    if (left.length === Object.keys(reads ?? {}).length) return;
    conversation.reads = Object.fromEntries(left);
    this.#note(conversation);
  }

  /** The members who have read as far as `seq`, without oneself and its author. */
  readersOf({ members, member_count: count, reads = {} }, seq, authorId) {
    if (count > MOST) return [];
    const others = members.filter(({ id }) => id !== this.me.id && id !== authorId);
    // A mark may lie beyond what was before its owner came.
    return others.filter(({ id, visible_from_seq: from = 1 }) => from <= seq && reads[id] >= seq);
  }

  /** One shares one's own marks now, or no longer: others' are shown only to those who do. */
  switch(conversations) {
    this.doubt();
    if (!this.#isOff) return;
    for (const conversation of conversations) {
      conversation.reads = {};
      this.#note(conversation);
    }
  }

  get #isOff() {
    return this.me.shares_reads === false;
  }

  #note(conversation) {
    this.#changed.add(conversation.id);
    this.#tellSoon();
  }

  #tell() {
    const ids = [...this.#changed];
    this.#changed.clear();
    for (const id of ids) this.told(id);
  }
}
