// The open conversation: head, history, composer, and what ties them to one timeline.
import { newsOf } from '../lib/attachments.js';
import { paintAvatar } from '../lib/avatar.js';
import { hasKeyboard, part, setText } from '../lib/dom.js';
import { aboutUser, paintPresence } from '../lib/presence.js';
import { countPeople } from '../lib/text.js';
import { TypingSignal } from '../state/typing_signal.js';
import { announce } from './announcer.js';
import { Composer } from './composer.js';
import { showEndButton } from './end_button.js';
import { HistoryEnds } from './history_ends.js';
import { Jumps } from './jumps.js';
import { MessageControls } from './message_controls.js';
import { MessageList } from './message_list.js';
import { ReadMark, countNew, seenSeq } from './reading.js';
import { TypingLine } from './typing_line.js';
import { UnreadPill } from './unread_pill.js';

const MINUTE = 60000;

export class Conversation {
  timeline = null;
  #off = [];

  /** became: called with the conversation when the first message has made one; address: Back. */
  constructor(root, store, { became, address }) {
    Object.assign(this, { root, store, became, address });
    this.list = new MessageList(root, store, { drawn: () => this.#drawn(), act: (...what) => this.controls.act(...what) });
    this.ends = new HistoryEnds(part('older', root), part('newer', root), this.list, store);
    const typing = new TypingSignal((conversation, isOn) => store.sayTyping(conversation, isOn));
    this.composer = new Composer(root, store, { send: (...what) => this.#send(...what), typing });
    this.typingLine = new TypingLine(root, store);
    this.jumps = new Jumps(this, part('go-to-date', root));
    this.toEnd = part('to-end', root);
    this.toEnd.addEventListener('click', () => this.jumps.toEnd(hasKeyboard.matches));
    this.controls = new MessageControls(this);
    this.pill = new UnreadPill(root, this.list, { go: (seq) => this.jumps.toUnread(seq), leave: () => this.focus() });
    this.list.scroller.addEventListener('keydown', (event) => event.key === 'End' && this.jumps.toEnd(false));
    this.readMark = new ReadMark(this.list);
    for (const type of ['reads', 'account']) store.on(type, () => this.list.redraw());
    store.on('presence', () => this.#showHead());
    store.on('typing', () => this.#showTyping());
    setInterval(() => this.#showHead(), MINUTE); // "5 minutes ago" grows older
    store.on('people', () => this.list.lacksNames && this.list.redraw());
  }

  /** `key`: what the store calls the timeline, and `seq` for the message to show; `at`: where one was, on the way back. */
  show({ seq, ...key }, at) {
    const timeline = this.store.timeline(key);
    const place = seq ?? at;
    if (this.timeline !== timeline || !place) this.#open(timeline, place);
    if (place) this.jumps.to(place, { isMarked: Boolean(seq) });
  }

  #open(timeline, place) {
    this.close();
    this.jumps.forget();
    this.timeline = timeline;
    timeline.atEnd = true;
    this.readMark.seq = 0;
    this.#off = [
      timeline.on('change', () => this.#changed()),
      timeline.on('live', ({ message }) => this.#arrived(message)),
      timeline.on('became', ({ conversation }) => this.became(conversation)),
      timeline.on('kept', ({ text }) => this.composer.offer(text)),
    ];
    this.root.hidden = false;
    this.toEnd.hidden = true;
    this.#showHead();
    this.#showTyping();
    this.ends.reset();
    this.pill.reset();
    this.list.show(timeline);
    this.composer.show(timeline);
    this.opening = this.ends.open();
    this.ends.show();
  }

  close() {
    for (const off of this.#off) off();
    this.#off = [];
    this.composer.close();
    this.list.clear();
    this.timeline?.close();
    if (this.timeline?.hasNewer) this.timeline.unload(); // the next opening starts at the end, or at what is unread
    this.timeline = null;
    this.root.hidden = true;
    this.store.presence.show('head', []);
  }

  get name() {
    const { user, conversation } = this.timeline;
    return user?.display_name ?? (conversation ? this.store.title(conversation) : '');
  }

  /** The message being read; null at the end. */
  get place() {
    return (this.timeline && !this.list.keeper.following && seenSeq(this.list)) || null;
  }

  /** Names or numbers may have changed that no row shows. */
  refresh() {
    if (!this.timeline) return;
    this.#showHead();
    this.list.redraw();
  }

  #showHead() {
    if (!this.timeline) return;
    const { root, store, timeline: { user, conversation } } = this;
    const presence = user ? store.presence.of(user.id) : undefined;
    store.presence.show('head', user ? [user.id] : []);
    paintPresence(part('conversation-avatar', root), presence);
    this.composer.address(this.name);
    paintAvatar(part('conversation-avatar', root), this.name, { group: conversation?.kind === 'group', url: user?.avatar_url });
    setText(part('conversation-name', root), this.name);
    setText(part('conversation-about', root), user ? aboutUser(user, presence) : conversation ? countPeople(conversation.member_count) : '');
  }

  #showTyping() {
    if (this.timeline) this.typingLine.show(this.timeline.conversation);
  }

  /** Where typing starts: the composer with a keyboard at hand, else the head, so that no screen keyboard jumps up. */
  focus() {
    if (hasKeyboard.matches) this.composer.focus();
    else part('conversation-name', this.root).focus({ preventScroll: true });
  }

  #send(body, attachments) {
    this.list.keeper.following = true;
    this.timeline.send(body, attachments);
    this.list.redraw();
  }

  #drawn() {
    const { timeline, list } = this;
    if (!timeline) return;
    timeline.atEnd = list.keeper.following;
    this.jumps.show();
    this.ends.show();
    this.ends.loadMore();
    this.controls.settle();
    this.pill.show();
    const seen = seenSeq(list);
    showEndButton(this.toEnd, part('to-end-text', this.toEnd), list, { newCount: countNew(timeline, this.store.me.id, seen) });
    this.readMark.move(seen);
  }

  #changed() {
    const { timeline, list } = this;
    if (timeline.keepsUnread && timeline.firstUnreadSeq) { // put back by hand, here or elsewhere
      this.pill.skip(timeline.firstUnreadSeq);
      list.unreadSeq = timeline.firstUnreadSeq;
    }
    list.redraw();
  }

  #arrived(message) {
    const { sender_id: sender, kind, seq } = message;
    const isSystem = kind === 'system';
    announce(isSystem ? null : () => this.store.userById(sender)?.display_name, newsOf(message));
    const away = document.hidden || !document.hasFocus();
    if (away && !isSystem && !this.timeline.keepsUnread && !(this.list.unreadSeq > this.readMark.seq)) this.list.markUnread(seq);
  }
}
