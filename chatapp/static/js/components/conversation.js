// The open conversation: head, history, composer, and what ties them to one timeline.
import { paintAvatar } from '../lib/avatar.js';
import { hasKeyboard, part, setText } from '../lib/dom.js';
import { countPeople } from '../lib/text.js';
import { announce } from './announcer.js';
import { Composer } from './composer.js';
import { showEndButton } from './end_button.js';
import { HistoryEnds } from './history_ends.js';
import { MessageList } from './message_list.js';
import { editMessage } from './message_editor.js';
import { countNew, seenSeq } from './reading.js';
import { showToast } from './toast.js';

export class Conversation {
  timeline = null;
  #off = [];
  #marked = 0;

  /** became: called with the conversation when the first message has made one; gone: when it is no longer ours. */
  constructor(root, store, { became, gone }) {
    Object.assign(this, { root, store, became, gone });
    this.list = new MessageList(root, store, { drawn: () => this.#drawn(), act: (name, node) => this.#act(name, node) });
    this.ends = new HistoryEnds(part('older', root), part('newer', root), this.list, store);
    this.composer = new Composer(root, store.limits.body_chars, { send: (body) => this.#send(body) });
    this.toEnd = part('to-end', root);
    this.toEnd.addEventListener('click', () => this.#goToEnd(hasKeyboard.matches));
    this.list.scroller.addEventListener('keydown', (event) => event.key === 'End' && this.#goToEnd(false));
    for (const type of ['focus', 'visibilitychange']) addEventListener(type, () => this.timeline && this.#markRead(), true);
  }

  show(key) {
    this.close();
    const timeline = this.store.timeline(key);
    this.timeline = timeline;
    timeline.atEnd = true;
    this.#marked = 0;
    this.#off = [
      timeline.on('change', () => this.list.redraw()),
      timeline.on('live', ({ message }) => this.#arrived(message)),
      timeline.on('became', ({ conversation }) => this.became(conversation)),
      timeline.on('gone', () => this.gone()),
      timeline.on('kept', ({ text }) => this.composer.offer(text)),
    ];
    this.root.hidden = false;
    this.toEnd.hidden = true;
    this.#showHead();
    this.ends.reset();
    this.list.show(timeline);
    this.composer.show(timeline);
    this.ends.open();
    this.ends.show();
  }

  close() {
    for (const off of this.#off) off();
    this.#off = [];
    this.composer.close();
    this.list.clear();
    this.timeline?.close();
    this.timeline = null;
    this.root.hidden = true;
  }

  get name() {
    const { user, conversation } = this.timeline;
    return user?.display_name ?? (conversation ? this.store.title(conversation) : '');
  }

  /** Names or numbers may have changed that no row shows. */
  refresh() {
    if (!this.timeline) return;
    this.#showHead();
    this.list.redraw();
  }

  #showHead() {
    const { root, timeline: { user, conversation } } = this;
    this.composer.address(this.name);
    paintAvatar(part('conversation-avatar', root), this.name, { group: conversation?.kind === 'group' });
    setText(part('conversation-name', root), this.name);
    setText(part('conversation-about', root), user ? `@${user.username}` : conversation ? countPeople(conversation.member_count) : '');
  }

  /** Where typing starts: the composer with a keyboard at hand, else the head, so that no screen keyboard jumps up. */
  focus() {
    if (hasKeyboard.matches) this.composer.focus();
    else part('conversation-name', this.root).focus({ preventScroll: true });
  }

  #send(body) {
    this.list.keeper.following = true;
    this.timeline.send(body);
    this.list.redraw();
  }

  async #goToEnd(andWrite) {
    const { timeline, list } = this;
    try {
      if (timeline.hasNewer) await timeline.jumpToEnd();
    } catch (error) {
      this.store.report(error);
      return;
    }
    if (this.timeline !== timeline) return;
    this.ends.reset();
    list.keeper.following = true;
    list.redraw();
    if (andWrite) this.composer.focus();
  }

  #drawn() {
    const { timeline, list } = this;
    if (!timeline) return;
    timeline.atEnd = list.keeper.following;
    this.ends.show();
    this.ends.loadMore();
    const seen = seenSeq(this.list);
    showEndButton(this.toEnd, part('to-end-text', this.toEnd), list, { newCount: countNew(timeline, this.store.me.id, seen) });
    this.#markRead(seen);
  }

  /** Read is what stood before somebody's eyes: in sight, in a focused tab. */
  #markRead(seq = seenSeq(this.list)) {
    const isShown = this.list.scroller.clientHeight > 0; // on a phone the list may stand in its place
    if (document.hidden || !document.hasFocus() || !isShown || seq <= this.#marked) return;
    this.#marked = seq;
    if (seq > (this.timeline.lastReadSeq ?? 0)) this.timeline.markRead(seq);
  }

  #arrived(message) {
    announce(this.store.userById(message.sender_id)?.display_name ?? 'Someone', message.body);
    const away = document.hidden || !document.hasFocus();
    if (away && !(this.list.unreadSeq > this.#marked)) this.list.markUnread(message.seq);
  }

  #act(name, node) {
    const { timeline } = this;
    const item = timeline.items.find((one) => one.key === node.dataset.key);
    if (!item?.pending) return;
    if (name === 'edit') this.#edit(node, item);
    else {
      const done = timeline[name](item.key);
      if (done === false) showToast('That message is on its way already.');
      if (hasKeyboard.matches) this.composer.focus();
      else node.focus({ preventScroll: true }); // no screen keyboard for a tap on Retry
    }
  }

  #edit(node, item) {
    const { timeline, composer, store } = this;
    const save = (body) => {
      // It may have gone out while it was being changed: then the new text becomes a draft
      if (!timeline.edit(item.key, body)) composer.offer(body);
    };
    editMessage(node, item, { save, done: () => composer.focus(), limit: store.limits.body_chars });
  }
}
