// Draws one timeline into the log: changed rows only, once a frame, without moving the line being read.
import { el, part, perFrame, reconcile, setText } from '../lib/dom.js';
import { formatDay } from '../lib/time.js';
import { makeMessage, makeSystemLine, toggleFold, updateMessage } from './message.js';
import { buildRows } from './message_rows.js';
import { MessageSlice } from './message_slice.js';
import { fillReceipt, lastSeen } from './receipt.js';
import { ScrollKeeper } from './scroll_keeper.js';

const CONTEXT = 6; // messages drawn at once before the first unread one
const AROUND = 12; // and before one that was asked for
const NOBODY = { display_name: '', avatar_url: null };

export class MessageList {
  timeline = null;
  slice = new MessageSlice();
  lacksNames = false; // somebody's name is still on its way
  #nodes = new Map();
  #placed = false;
  #goal = null; // { seq, found }: what shall come into view once it is here

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
    this.#goal = null;
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

  /**
   * Brings a message into view once it is here: calls `found` with its row. Nothing else is shown first in what
   * was just opened, not even while it is not known which one it is (0). Null: none.
   */
  reveal(seq, found) {
    this.#goal = seq === null ? null : { seq, found };
    this.redraw();
  }

  nodeOf(key) {
    return this.#nodes.get(key);
  }

  itemOf(node) {
    return this.timeline?.items.find((item) => item.key === node?.dataset.key);
  }

  #draw() {
    const { timeline, slice } = this;
    if (!timeline) return;
    const { items } = timeline;
    const goal = this.#goal?.seq && items.find((item) => item.seq === this.#goal.seq);
    if (this.#goal && !goal && !this.#placed) return;
    this.keeper.prepare();
    this.unreadSeq ??= timeline.loading === 'first' ? undefined : timeline.firstUnreadSeq;
    const [from, to] = slice.grow(items, this.#focus(items, goal), (key) => this.#nodes.has(key), (item) => this.#makeEarly(item));
    this.seen = lastSeen(this.store, timeline);
    const rows = buildRows(items, from, to, { meId: this.store.me.id, unreadSeq: this.unreadSeq ?? null, seen: this.seen });
    const hadFocus = this.rows.contains(document.activeElement);
    this.lacksNames = false;
    reconcile(this.rows, rows, this.#nodes, (row) => this.#make(row), (node, row) => this.#update(node, row));
    if (hadFocus && !this.rows.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
    const node = goal && this.#nodes.get(goal.key);
    if (node) this.#arrive(node);
    else if (this.#placed || !items.length) this.keeper.restore();
    else this.#place();
    if (!slice.reachesEnd || !slice.reachesStart) this.redraw();
    this.drawn();
  }

  /** Where drawing starts when nothing of the items is drawn yet. */
  #focus(items, goal) {
    if (goal) return items.indexOf(goal) - AROUND;
    const unreadAt = this.#placed || !this.unreadSeq ? -1 : items.findIndex((item) => item.seq >= this.unreadSeq);
    return unreadAt < 0 ? items.length : unreadAt - CONTEXT;
  }

  #arrive(node) {
    const { found } = this.#goal;
    this.#goal = null;
    this.#placed = true;
    found(node);
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
    if (row.type === 'seen') return el('p', { class: 'receipt' });
    return el('div', { class: row.type === 'unread' ? 'rule rule-new' : 'rule' }, el('span'));
  }

  #update(node, row) {
    if (row.type === 'message') this.#updateMessage(node, row);
    else if (row.type === 'seen') fillReceipt(node, row.seen);
    else if (row.type === 'unread') setText(node.firstChild, 'New messages');
    else if (row.type === 'day') setText(node.firstChild, formatDay(row.date));
  }

  #updateMessage(node, row) {
    const author = this.store.userById(row.item.sender_id);
    this.lacksNames ||= author === undefined;
    updateMessage(node, row, author ?? NOBODY);
  }

  #clicked(event, act) {
    const button = event.target.closest('[data-action]');
    if (!button) return;
    if (button.dataset.action === 'fold') toggleFold(button);
    else act(button.dataset.action, button.closest('.message'), button);
  }
}
