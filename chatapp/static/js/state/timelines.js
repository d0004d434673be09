import { Timeline } from './timeline.js';

const LOADED = 12; // timelines that keep their window; the others load it again when opened

/** The timelines of this page, one for each conversation and for each person that was looked at. */
export class Timelines {
  #all = []; // least recently opened first

  constructor(store) {
    this.store = store;
  }

  all() {
    return this.#all;
  }

  /** The timeline for { conversationId } or { userId }; always the same one for the same conversation. */
  get({ conversationId = null, userId = null }) {
    const conversation = conversationId === null ? this.store.directWith(userId) : this.store.conversation(conversationId);
    const id = conversation?.id ?? conversationId;
    const person = conversation ? this.store.partnerOf(conversation)?.id : userId;
    const found = this.#all.find(
      (one) => (id !== null && one.conversationId === id) || (person != null && one.user?.id === person),
    );
    return found ?? this.#add({ id, userId, conversation });
  }

  /** Those that show a conversation. */
  of(conversationId) {
    return this.#all.filter((timeline) => timeline.conversation?.id === conversationId);
  }

  takeBoot({ conversation, user, messages, more, version, reads, first_unread_seq: firstUnreadSeq }) {
    if (!conversation) {
      this.#add({ id: null, userId: user.id, user });
      return;
    }
    const timeline = this.get({ conversationId: this.store.mergeConversation(conversation).id });
    const hasNewer = messages.length > 0 && messages.at(-1).seq < conversation.last_seq;
    timeline.takeWindow({ messages, version, reads }, { hasOlder: more, hasNewer, firstUnreadSeq });
  }

  /** Gives a conversation that became known to the timeline that waits for it. */
  adopt(conversation) {
    const partner = this.store.partnerOf(conversation);
    for (const timeline of this.#all) {
      const isMeant = timeline.conversationId === conversation.id || (partner && timeline.user?.id === partner.id);
      if (isMeant) timeline.adopt(conversation);
    }
  }

  remove(conversationId) {
    const gone = this.#all.filter((timeline) => timeline.conversationId === conversationId);
    this.#all = this.#all.filter((timeline) => !gone.includes(timeline));
    for (const timeline of gone) timeline.gone();
  }

  opened(timeline) {
    this.#all = [...this.#all.filter((one) => one !== timeline), timeline];
    const idle = this.#all.filter((one) => one.isLoaded && !one.isOpen);
    for (const one of idle.slice(0, Math.max(0, idle.length - LOADED))) one.unload();
  }

  resume(isPartial) {
    for (const timeline of this.#all) {
      if (isPartial && timeline.isLoaded) timeline.catchUp.now();
      else timeline.resume();
    }
  }

  resumeOf(conversationId) {
    for (const timeline of this.of(conversationId)) timeline.resume();
  }

  /** Lowers the cursors to those of loaded windows that are behind the list. */
  lower(cursors) {
    for (const { isLoaded, conversationId: id, cursor } of this.#all) {
      if (isLoaded && id in cursors) cursors[id] = Math.min(cursors[id], cursor.value);
    }
    return cursors;
  }

  countUnread(conversation) {
    for (const timeline of this.of(conversation.id)) {
      const count = timeline.countAbove(conversation.last_read_seq, conversation.last_seq);
      if (count !== null) return count;
    }
    return null;
  }

  /** One's own read mark was put back, or moved on. */
  turned(conversationId, isBack) {
    for (const timeline of this.of(conversationId)) timeline.keepUnread(isBack);
  }

  messageAt(conversationId, seq) {
    return this.of(conversationId)[0]?.window.at(seq);
  }

  /** Somebody has another name or picture. */
  rename(user) {
    for (const timeline of this.#all) if (timeline.user?.id === user.id) Object.assign(timeline.user, user);
  }

  again(conversationId) {
    for (const timeline of this.of(conversationId)) timeline.again();
  }

  #add({ id, userId, user = null, conversation = null }) {
    const known = user ?? (userId === null ? null : this.store.userById(userId));
    const timeline = new Timeline(this.store, { conversationId: id, user: known ?? (userId === null ? null : { id: userId }) });
    this.#all.push(timeline);
    if (conversation) timeline.adopt(conversation);
    return timeline;
  }
}
