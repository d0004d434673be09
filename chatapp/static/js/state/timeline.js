import { get } from '../lib/api.js';
import { Emitter } from '../lib/emitter.js';
import { CatchUp } from './catch_up.js';
import { VersionCursor } from './cursor.js';
import { Changes, announcements } from './timeline_changes.js';
import { Pages } from './pages.js';
import { outbox } from './outbox.js';
import { MessageWindow } from './window.js';

/**
 * One conversation as it is shown: a window on its stored messages, then what is still in the outbox.
 * Begins with a conversation's id, or with a person with whom there may be none yet.
 */
export class Timeline extends Emitter {
  conversation = null;
  user = null; // the other one of a direct conversation
  loading = null;
  isLoaded = false;
  isOpen = false;
  atEnd = true; // the view sets it false while the reader is scrolled up
  firstUnreadSeq = null;
  epoch = 0; // counts how often the window was begun anew
  cursor = new VersionCursor();
  #items = null;
  #draft = null;
  #showsHeld = false; // a hole could not be closed: better to show what came after it than nothing
  #changes = new Changes(this);
  #announced = announcements(this);

  constructor(store, { conversationId = null, user = null }) {
    super();
    Object.assign(this, { store, conversationId, user });
    this.window = new MessageWindow(store.me.id);
    this.pages = new Pages(this);
    this.catchUp = new CatchUp(this);
    outbox.on('change', ({ items }) => {
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
    const stored = this.#stored();
    const pending = outbox.pendingOf(this);
    const shown = new Set(pending.length ? stored.map((message) => message.key) : []);
    this.#items = [...stored, ...pending.filter((item) => !shown.has(item.key))];
    return this.#items;
  }

  get hasOlder() {
    return this.window.hasOlder;
  }

  get hasNewer() {
    return this.window.hasNewer;
  }

  get lastReadSeq() {
    return this.conversation?.last_read_seq ?? 0;
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
    this.store.opened(this);
    if (!this.conversation) await this.#find();
    if (!this.conversation) return; // nothing was said yet
    if (!this.isLoaded) return this.pages.first();
    this.#markFirstUnread();
    if (this.conversation.version > this.cursor.value) this.catchUp.now();
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

  /** Puts a message into the outbox; it shows at once. Nothing happens with nothing to say. */
  send(body) {
    if (!body.trim()) return;
    this.#draft = '';
    outbox.add({ conversationId: this.conversation?.id ?? this.conversationId, userId: this.user?.id ?? null, body })
      // The stored copy of the draft goes only when the message is as safe as the draft was.
      .then(() => this.setDraft(this.draft));
    if (this.hasNewer) this.jumpToEnd().catch((error) => this.store.report(error));
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

  markRead(seq) {
    if (!this.conversation || seq <= this.lastReadSeq) return;
    this.store.reads.mark(this.conversation.id, Math.min(seq, this.conversation.last_seq));
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

  /** A stored message came by the socket, by an ack, or from another tab. */
  receive(message, { isOwn = false } = {}) {
    if (!this.isLoaded && this.loading !== 'first') return;
    const ready = this.cursor.offer(message);
    this.#apply(ready, true);
    // It may be held before a hole, and be shown all the same.
    if (isOwn && !ready.includes(message)) this.note('live', [this.window.keyOf(message)]);
    if (this.cursor.hasHole) this.catchUp.soon();
  }

  /** A page of `changes`. */
  takeChanges(page, askedAt) {
    this.#showsHeld = false;
    this.#apply(page.messages, !page.more && page.messages.length <= 20);
    this.#apply(this.cursor.advance(page.version), true);
    this.store.mergeConversation(page.conversation, askedAt);
  }

  /** A page that is the window from now on. */
  takeWindow(page, { hasOlder = false, hasNewer = false, firstUnreadSeq }) {
    const before = this.cursor.value;
    const isFirst = !this.isLoaded;
    this.window.reset(page.messages, { hasOlder, hasNewer });
    this.isLoaded = true;
    if (isFirst) this.#announced.from(this.conversation.last_seq);
    this.note('reset', []);
    this.#apply(this.cursor.restart(page.version), true);
    if (isFirst) this.#markFirstUnread(firstUnreadSeq);
    for (const message of page.messages) this.store.settle(message);
    if (before !== null && before > page.version) this.catchUp.now();
    else if (this.cursor.hasHole) this.catchUp.soon();
  }

  /** A page that joins on at one side. */
  takePage(page, side) {
    this.window[side === 'older' ? 'hasOlder' : 'hasNewer'] = page.more;
    const keys = this.window.extend(page.messages, side);
    this.note(side, keys);
    for (const message of page.messages) this.store.settle(message);
    if (page.version >= this.cursor.value) return;
    // The page was read before changes that have come meanwhile, and that it needs too.
    this.cursor.fallBack(page.version);
    this.catchUp.now();
  }

  /** Shows what waits behind a hole that cannot be closed now; the cursor stays before the hole. */
  showHeld() {
    this.#showsHeld = true;
    this.note('live', this.cursor.held.map((message) => this.window.keyOf(message)));
  }

  /** After a sync: takes up what failed while there was no connection. */
  resume() {
    if (this.isOpen && !this.isLoaded && !this.loading) this.open().catch((error) => this.store.report(error));
    else if (this.isLoaded && this.cursor.value < this.conversation.version) this.catchUp.now();
  }

  /** Gives the window's memory back; the next `open` loads it again. */
  unload() {
    this.epoch += 1;
    this.isLoaded = false;
    this.loading = null;
    this.cursor.forget();
    this.window.reset([], {});
    this.#items = null;
  }

  /** The conversation is no longer this person's. */
  gone() {
    this.unload();
    this.conversation = null;
    this.note('reset', []);
    this.emit('gone');
  }

  /** How many messages of others lie above `seq`; null when the window does not tell. */
  countAbove(seq) {
    const { window } = this;
    const reaches = !window.hasOlder || (window.first && window.first.seq <= seq + 1);
    if (!this.isLoaded || window.hasNewer || this.cursor.hasHole || !reaches) return null;
    return window.messages.filter((message) => message.seq > seq && this.#counts(message)).length;
  }

  setLoading(what) {
    this.loading = what;
    this.note('state', []);
  }

  /** Something changed: 'change' follows, at once when it is quiet. */
  note(reason, keys) {
    this.#items = null;
    this.#changes.add(reason, keys);
  }

  async #find() {
    if (this.conversationId !== null) {
      const { conversation } = await get(`/api/conversations/${this.conversationId}`);
      this.store.mergeConversation(conversation);
    } else if (this.user) {
      await this.store.findDirect(this.user.id);
    }
  }

  #apply(messages, isLive) {
    const keys = { added: [], changed: [] };
    for (const message of messages) {
      const isNext = message.seq > (this.window.last?.seq ?? 0);
      // A full window keeps the place of a reader who is scrolled up; the rest is read when he comes down.
      if (isNext && !this.atEnd && this.window.isFull) this.window.hasNewer = true;
      const result = this.window.apply(message);
      if (result) keys[result].push(this.window.keyOf(message));
      this.store.settle(message);
    }
    if (this.atEnd) this.window.dropOldest();
    if (keys.changed.length) this.note('changed', keys.changed);
    if (keys.added.length) this.note('live', keys.added);
    for (const message of messages) this.#announced.offer(message, isLive);
  }

  /** The window, which has no gaps, and behind it what waits for a hole to be closed and cannot wait to be seen. */
  #stored() {
    const end = this.window.last?.seq ?? 0;
    const isShown = ({ seq, sender_id: sender }) =>
      seq > end && (sender === this.store.me.id || this.#showsHeld || !this.isLoaded);
    const ahead = this.cursor.held.filter(isShown).sort((a, b) => a.seq - b.seq);
    return [...this.window.messages, ...ahead.map((message) => ({ ...message, key: this.window.keyOf(message) }))];
  }

  #counts(message) {
    return message.sender_id !== this.store.me.id && message.kind === 'text' && !message.deleted_at;
  }

  #markFirstUnread(known) {
    const { unread, last_read_seq: read } = this.conversation;
    if (known !== undefined || !unread) {
      this.firstUnreadSeq = known ?? null;
      return;
    }
    const first = this.window.messages.find((message) => message.seq > read && this.#counts(message));
    const reaches = !this.window.hasOlder || this.window.first?.seq <= read + 1;
    this.firstUnreadSeq = reaches && first ? first.seq : read + 1;
  }
}
