// Draws one timeline into the log: changed rows only, once a frame, without moving the line being read.
import { el, part, perFrame, reconcile, setText } from '../lib/dom.js';
import { formatDay } from '../lib/time.js';
import { makeMessage, makeSystemLine, toggleFold, updateMessage } from './message.js';
import { buildRows } from './message_rows.js';
import { MessageSlice } from './message_slice.js';
import { ScrollKeeper } from './scroll_keeper.js';

const CONTEXT = 6; // messages drawn at once before the first unread one

export class MessageList {
  timeline = null;
  slice = new MessageSlice();
  #nodes = new Map();
  #placed = false;

  /** `drawn` is called after each pass, when reading the layout costs nothing. */
  constructor(root, store, { drawn, act }) {
    this.store = store;
    this.rows = part('rows', root);
    this.scroller = part('history', root);
    this.drawn = drawn;
    this.keeper = new ScrollKeeper(this.scroller, part('history-column', root), this.rows, perFrame(() => this.drawn()));
    this.keeper.mayFollow = () => Boolean(this.timeline) && !this.timeline.hasNewer && this.slice.reachesEnd;
    this.redraw = perFrame(() => this.#draw());
    this.rows.addEventListener('click', (event) => this.#clicked(event, act));
  }

  show(timeline) {
    this.clear();
    this.timeline = timeline;
    this.unreadSeq = undefined;
    this.redraw();
  }

  clear() {
    this.timeline = null;
    this.#placed = false;
    this.#nodes.clear();
    this.rows.replaceChildren();
    this.keeper.following = true;
    this.keeper.anchors = [];
  }

  /** Where the "New messages" line stands; it may come later than the opening, when one was away. */
  markUnread(seq) {
    this.unreadSeq = seq;
    this.redraw();
  }

  #draw() {
    const { timeline, slice } = this;
    if (!timeline) return;
    const { items } = timeline;
    this.keeper.prepare();
    this.unreadSeq ??= timeline.loading === 'first' ? undefined : timeline.firstUnreadSeq;
    const unreadAt = this.unreadSeq ? items.findIndex((item) => item.seq >= this.unreadSeq) : -1;
    const focus = this.#placed || unreadAt < 0 ? items.length : unreadAt - CONTEXT;
    const [from, to] = slice.grow(items, focus, (key) => this.#nodes.has(key), (item) => this.#makeEarly(item));
    const rows = buildRows(items, from, to, { meId: this.store.me.id, unreadSeq: this.unreadSeq ?? null });
    reconcile(this.rows, rows, this.#nodes, (row) => this.#make(row), (node, row) => this.#update(node, row));
    if (this.#placed || !items.length) this.keeper.restore();
    else this.#place();
    if (!slice.reachesEnd || !slice.reachesStart) this.redraw();
    this.drawn();
  }

  #place() {
    this.#placed = this.timeline.loading !== 'first';
    const line = this.#nodes.get('unread');
    if (line) this.keeper.toNode(line);
    else this.keeper.toEnd();
  }

  /** Most of the cost of a row is its element: made within the frame's allowance, placed with the others. */
  #makeEarly(item) {
    if (this.#nodes.has(item.key) || item.kind === 'system') return;
    this.#nodes.set(item.key, makeMessage({ key: item.key, item, own: item.sender_id === this.store.me.id }));
  }

  #make(row) {
    if (row.type === 'message') return makeMessage(row);
    if (row.type === 'system') return makeSystemLine(row);
    return el('div', { class: row.type === 'unread' ? 'rule rule-new' : 'rule' }, el('span'));
  }

  #update(node, row) {
    if (row.type === 'message') updateMessage(node, row, this.store.userById(row.item.sender_id)?.display_name ?? 'Someone');
    else if (row.type === 'unread') setText(node.firstChild, 'New messages');
    else if (row.type === 'day') setText(node.firstChild, formatDay(row.date));
  }

  #clicked(event, act) {
    const button = event.target.closest('[data-action]');
    if (!button) return;
    if (button.dataset.action === 'fold') toggleFold(button);
    else act(button.dataset.action, button.closest('.message'));
  }
}
