import { get } from '../lib/api.js';
import { outbox } from './outbox.js';
import { ReadHistory } from './read_history.js';

/**
 * One conversation as it is shown: a window on its stored messages, then what is still in the outbox.
 * Begins with a conversation's id, or with a person with whom there may be none yet.
 */
export class Timeline extends ReadHistory {
  user = null; // the other one of a direct conversation
  tray = null; // the files that are to go with what is being written: a Tray, once there are any
  #off;
  #items = null;
  #draft = null;

  constructor(store, { conversationId = null, user = null }) {
    super(store);
    Object.assign(this, { conversationId, user });
    this.#off = outbox.on('change', ({ items }) => {
      const mine = items.filter((item) => outbox.isFor(item, this)).map((item) => item.client_id);
      if (mine.length) this.note('pending', mine);
    });
  }

  /** Where drafts and unsent messages of this conversation are counted: by person for direct ones. */
  get place() {
    return this.user ? `u${this.user.id}` : `c${this.conversationId}`;
  }

  get items() {
    if (this.#items) return this.#items;
    const stored = this.stored();
    const pending = outbox.pendingOf(this);
    const shown = new Set(pending.length ? stored.map((message) => message.key) : []);
    this.#items = [...stored, ...pending.filter((item) => !shown.has(item.key))];
    return this.#items;
  }

  get draft() {
    this.#draft ??= this.store.drafts.get(this.place);
    return this.#draft;
  }

  setDraft(text) {
    this.#draft = text;
    this.store.drafts.set(this.place, text);
  }

  /** Loads the first page if it is not there yet. */
  async open() {
    this.isOpen = true;
    this.keepsUnread = false;
    this.store.opened(this);
    if (!this.conversation) await this.#find();
    if (!this.conversation) return; // nothing was said yet
    if (!this.isLoaded) return this.pages.first();
    this.markFirstUnread();
    if (this.conversation.version > this.cursor.value) this.catchUp.now();
    else if (!this.knowsReads) this.catchUp.later();
  }

  close() {
    this.isOpen = false;
  }

  loadOlder() {
    return this.pages.older();
  }

  loadNewer() {
    return this.pages.newer();
  }

  async jumpToEnd() {
    if (this.isLoaded && this.window.hasNewer) await this.pages.end();
  }

  async jumpTo(seq) {
    if (this.conversation) await this.pages.around(seq);
  }

  /** Loads what was said from a Date on; resolves with the seq of the first message there. */
  async jumpToTime(date) {
    return this.conversation ? this.pages.at(date) : null;
  }

  /** Puts a message into the outbox, with files that are uploaded; it shows at once. Nothing happens with nothing to say. */
  send(body, attachments = []) {
    if (!body.trim() && !attachments.length) return;
    this.#draft = '';
    this.keepsUnread = false; // who answers has read
    outbox.add({ conversationId: this.conversation?.id ?? this.conversationId, userId: this.user?.id ?? null, body, attachments })
      // The stored copy of the draft goes only when the message is as safe as the draft was.
      .then(() => this.setDraft(this.draft));
    if (this.hasNewer) this.jumpToEnd().catch((error) => this.store.report(error));
  }

  /** Adds to the draft; the composer does it where one is open, since it holds what is being typed. */
  keepText(text) {
    if (this.isOpen) this.emit('kept', { text });
    else this.setDraft(this.draft ? `${this.draft}\n${text}` : text);
  }

  retry(key) {
    return outbox.retry(key);
  }

  edit(key, body) {
    return outbox.edit(key, body);
  }

  cancel(key) {
    return outbox.cancel(key);
  }

  /** The store knows this timeline's conversation now. */
  adopt(conversation) {
    if (this.conversation) return;
    const isNew = this.conversationId === null;
    this.conversation = conversation;
    this.conversationId = conversation.id;
    this.user ??= this.store.partnerOf(conversation);
    this.#draft ||= null;
    if (conversation.last_seq === 0) this.takeWindow({ messages: [], version: conversation.version }, {});
    else if (this.isOpen && isNew) this.pages.first().catch((error) => this.store.report(error));
    this.note('state', []);
    if (isNew) this.emit('became', { conversation });
  }

  /** After a sync: takes up what failed while there was no connection. */
  resume() {
    if (this.isOpen && !this.isLoaded && !this.loading) this.open().catch((error) => this.store.report(error));
    else if (this.isLoaded && this.cursor.value < this.conversation.version) this.catchUp.now();
    else if (this.isOpen && this.isLoaded && !this.knowsReads) this.catchUp.later();
  }

  /** Another part of the history is one's own to see now. */
  again() {
    this.unload();
    this.resume();
  }

  /** The conversation is no longer this person's. */
  gone() {
    this.conversation = null;
    this.tray?.clear();
    this.#off();
    this.unload();
  }

  /** Something changed: 'change' follows. */
  note(reason, keys) {
    this.#items = null;
    super.note(reason, keys);
  }

  async #find() {
    if (this.conversationId !== null) {
      const askedAt = performance.now();
      const answer = await get(`/api/conversations/${this.conversationId}`).catch((error) => {
        if (error.code !== 'not_found') throw error;
        this.store.removeConversation(this.conversationId);
      });
      if (answer) this.store.mergeConversation(answer.conversation, askedAt);
    } else if (this.user) {
      await this.store.findDirect(this.user.id);
    }
  }

}
