// Ways through a conversation: to a message by its address, to a day, to what is unread, to the end.
import { dayKey, formatDay } from '../lib/time.js';
import { loadModule } from './on_demand.js';
import { showToast } from './toast.js';

export class Jumps {
  #turn = 0; // of several at a time the last one counts

  /** view: the Conversation; dateButton: asks for a day. */
  constructor(view, dateButton) {
    Object.assign(this, { view, dateButton });
    dateButton.addEventListener('click', () => this.#askDate());
  }

  show() {
    this.dateButton.hidden = !this.view.timeline.conversation?.last_seq;
  }

  forget() {
    this.#turn += 1;
  }

  /** The message `seq`, wherever it is: near the middle, marked, and read out. */
  to(seq, { isMarked = true } = {}) {
    const { keeper } = this.view.list;
    return this.#go((timeline) => this.#load(timeline, seq), (node) => {
      keeper.toNode(node, true);
      if (isMarked) mark(node);
    });
  }

  toDate(date) {
    const { list } = this.view;
    return this.#go((timeline) => timeline.jumpToTime(date), (node) => {
      const day = this.#lineBefore(node);
      list.keeper.toNode(day);
      mark(day);
      const found = new Date(list.itemOf(node).created_at);
      if (dayKey(found) !== dayKey(date)) showToast(`Nothing was written that day. This is from ${formatDay(found)}.`);
    });
  }

  async #askDate() {
    const module = await loadModule(() => import('../on_demand/go_to_date.js'));
    module?.askDate(this.#dayInSight(), (date) => this.toDate(date));
  }

  toUnread(seq) {
    return this.#go((timeline) => this.#load(timeline, seq), (node) => this.view.list.keeper.toNode(this.#lineBefore(node)));
  }

  async toEnd(andWrite) {
    const { view } = this;
    const { timeline, list, store } = view;
    this.forget();
    try {
      if (timeline.hasNewer) await timeline.jumpToEnd();
    } catch (error) {
      store.report(error);
      return;
    }
    if (view.timeline !== timeline) return;
    view.ends.reset();
    list.keeper.following = true;
    list.redraw();
    if (andWrite) view.composer.focus();
  }

  /** `find` loads and says which message; `found` gets its row, which then has the focus. */
  async #go(find, found) {
    const { timeline, list, store } = this.view;
    this.forget();
    const turn = this.#turn;
    list.reveal(0);
    let seq = null;
    try {
      seq = await find(timeline);
    } catch (error) {
      store.report(error);
    }
    if (turn !== this.#turn) return;
    list.reveal(seq, (node) => {
      found(node);
      node.focus({ preventScroll: true });
    });
  }

  async #load(timeline, seq) {
    const has = () => timeline.items.some((item) => item.seq === seq);
    await this.view.opening;
    if (!timeline.isLoaded) return null; // that it could not be loaded is said in its place
    const { visible_from_seq: first = 1, last_seq: last } = timeline.conversation;
    if (!has() && seq >= first && seq <= last) await timeline.jumpTo(seq);
    if (has()) return seq;
    if (timeline.hasNewer) await timeline.jumpToEnd();
    showToast('That message is not here.');
    return null;
  }

  #lineBefore(node) {
    const before = node.previousElementSibling;
    return before?.matches('.rule') ? before : node;
  }

  #dayInSight() {
    const { list } = this.view;
    const item = list.itemOf(list.keeper.anchors.find(({ node }) => node.dataset.key)?.node);
    return item ? new Date(item.created_at) : new Date();
  }
}

/** Shows which one it is, for a moment; where nothing may move, until the focus goes on. */
function mark(node) {
  for (const old of document.querySelectorAll('[data-marked]')) delete old.dataset.marked;
  node.dataset.marked = '';
  for (const type of ['animationend', 'focusout']) {
    node.addEventListener(type, (event) => event.target === node && delete node.dataset.marked);
  }
}
