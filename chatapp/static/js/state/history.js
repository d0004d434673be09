import { Emitter } from '../lib/emitter.js';
import { CatchUp } from './catch_up.js';
import { VersionCursor } from './cursor.js';
import { Pages } from './pages.js';
import { Changes, announcements } from './timeline_changes.js';
import { MessageWindow } from './window.js';

/**
 * The stored messages of one conversation: a window on them without gaps, kept up to date by what comes live
 * and by catching up. Tells 'change' { reason, keys } and 'live' { message }.
 */
export class History extends Emitter {
  conversation = null;
  loading = null;
  isLoaded = false;
  atEnd = true; // the view sets it false while the reader is scrolled up
  epoch = 0; // counts how often the window was begun anew
  cursor = new VersionCursor();
  #showsHeld = false; // a hole could not be closed: better to show what came after it than nothing
  #changes = new Changes(this);
  #announced = announcements(this);

  constructor(store) {
    super();
    this.store = store;
    this.window = new MessageWindow(store.me.id);
    this.pages = new Pages(this);
    this.catchUp = new CatchUp(this);
  }

  get hasOlder() {
    return this.window.hasOlder;
  }

  get hasNewer() {
    return this.window.hasNewer;
  }

  get knowsReads() {
    return this.store.seen.isComplete(this.conversation?.id);
  }

  /** The window, which has no gaps, and behind it what waits for a hole to be closed and cannot wait to be seen. */
  stored() {
    const end = this.window.last?.seq ?? 0;
    const isShown = ({ seq, sender_id: sender }) =>
      seq > end && (sender === this.store.me.id || this.#showsHeld || !this.isLoaded);
    const ahead = this.cursor.held.filter(isShown).sort((a, b) => a.seq - b.seq);
    return [...this.window.messages, ...ahead.map((message) => ({ ...message, key: this.window.keyOf(message) }))];
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
    if (page.conversation.reads && !page.more && !this.knowsReads) this.catchUp.later();
  }

  /** A page, asked for at `askedAt`, that is the window from now on. */
  takeWindow(page, { hasOlder = false, hasNewer = false, firstUnreadSeq, askedAt }) {
    const before = this.cursor.value;
    const isFirst = !this.isLoaded;
    this.#showsHeld = false;
    this.window.reset(page.messages, { hasOlder, hasNewer });
    this.isLoaded = true;
    if (page.reads) this.store.seen.take(this.conversation, page.reads, askedAt);
    if (isFirst) this.#announced.from(this.conversation.last_seq);
    this.note('reset', []);
    this.#apply(this.cursor.restart(page.version), true);
    if (isFirst) this.markFirstUnread(firstUnreadSeq);
    for (const message of page.messages) this.store.settle(message);
    if (before !== null && before > page.version) this.catchUp.now();
    else if (this.cursor.hasHole) this.catchUp.soon();
    if (page.reads && !this.knowsReads) this.catchUp.later();
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

  /** Gives the window's memory back; the next `open` loads it again. */
  unload() {
    this.epoch += 1;
    this.isLoaded = false;
    this.loading = null;
    this.cursor.forget();
    this.window.reset([], {});
    this.note('reset', []);
  }

  setLoading(what) {
    this.loading = what;
    this.note('state', []);
  }

  /** Something changed: 'change' follows, at once when it is quiet. */
  note(reason, keys) {
    this.#changes.add(reason, keys);
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
}
