// What stands above the first message: the shape of older ones on their way, a fault with a way on, or the beginning.
import { paintAvatar } from '../lib/avatar.js';
import { el } from '../lib/dom.js';
import { connection } from '../socket.js';

const NEAR = '1500px 0px'; // px before an end is in sight, more is asked for
const RETRY_MS = 3000;

export class HistoryEnds {
  #fault = null; // 'first' | 'older' | 'newer': what could not be loaded
  #shown = '';

  /** older, newer: the elements before and after the rows; list: the MessageList. */
  constructor(older, newer, list, store) {
    Object.assign(this, { older, newer, list, store });
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) entry.target.isNear = entry.isIntersecting;
      this.loadMore();
    }, { root: list.scroller, rootMargin: NEAR });
    near.observe(older);
    near.observe(newer);
    connection.on('change', () => {
      if (!connection.isUp || !this.#fault) return;
      this.#fault = null; // asked for again now that there is somebody to ask
      this.list.redraw();
    });
  }

  reset() {
    this.#fault = null;
    this.#shown = '';
  }

  open() {
    return this.#load('first', () => this.list.timeline.open());
  }

  /** Asks for what comes next on either side, when it is near and all that is here is drawn. */
  loadMore() {
    const { timeline, slice } = this.list;
    if (!timeline || timeline.loading || this.#fault || !timeline.items.length) return;
    if (this.older.isNear && timeline.hasOlder && slice.reachesStart) this.#load('older', () => timeline.loadOlder());
    else if (this.newer.isNear && timeline.hasNewer && slice.reachesEnd) this.#load('newer', () => timeline.loadNewer());
  }

  show() {
    const { timeline } = this.list;
    if (!timeline) return;
    if (this.#fault === 'first' && timeline.isLoaded) this.#fault = null; // it came by another way
    const what = this.#what(timeline);
    const name = this.#partner(timeline);
    const shown = `${what} ${name} ${timeline.user?.avatar_url} ${timeline.items.length > 0}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.older.replaceChildren(...this.#make(what, name, timeline));
  }

  async #load(what, load) {
    const { timeline } = this.list;
    this.#fault = null;
    this.show();
    try {
      await load();
    } catch (error) {
      if (this.list.timeline !== timeline) return;
      console.warn('history', what, error);
      this.#fault = what;
      if (what === 'newer') setTimeout(() => this.#retryNewer(timeline), RETRY_MS);
    }
    if (this.list.timeline === timeline) this.list.redraw();
  }

  /** There is no button for newer ones: they are on their way to where one reads anyhow. */
  #retryNewer(timeline) {
    if (this.list.timeline !== timeline || this.#fault !== 'newer') return;
    this.#fault = null;
    this.loadMore();
  }

  #what(timeline) {
    if (this.#fault && this.#fault !== 'newer') return 'fault';
    if (timeline.loading === 'first' && !timeline.items.length) return 'first';
    if (timeline.hasOlder) return 'older';
    return timeline.loading === 'first' ? 'none' : 'start';
  }

  #make(what, name, timeline) {
    if (what === 'first') return [skeleton(8)];
    if (what === 'older') return [skeleton(1)];
    if (what === 'fault') return [this.#makeFault()];
    if (what === 'none') return [];
    const avatar = el('span', { class: 'avatar avatar-large', 'aria-hidden': 'true' });
    const isGroup = timeline.conversation?.kind === 'group';
    paintAvatar(avatar, name, { group: isGroup, url: timeline.user?.avatar_url });
    if (timeline.conversation?.visible_from_seq > 1) {
      return [el('div', { class: 'history-start' }, avatar, el('p', {}, 'What was written before you were added is not shown.'))];
    }
    const hello = timeline.items.length ? '' : ' Say hello.';
    return [el('div', { class: 'history-start' }, avatar,
      el('p', {}, `This is the start of ${isGroup ? '' : 'your conversation with '}`, el('bdi', {}, el('strong', {}, name)), `.${hello}`))];
  }

  #makeFault() {
    const what = this.#fault;
    const again = () => (what === 'first' ? this.open() : this.#load('older', () => this.list.timeline.loadOlder()));
    return el('div', { class: 'history-fault' },
      el('p', {}, what === 'first' ? 'The messages could not be loaded.' : 'Older messages could not be loaded.'),
      el('button', { type: 'button', class: 'button-plain', onclick: again }, 'Try again'));
  }

  #partner(timeline) {
    return timeline.user?.display_name ?? (timeline.conversation ? this.store.title(timeline.conversation) : '');
  }
}

function skeleton(count) {
  return el('div', { class: 'skeleton', 'aria-hidden': 'true' }, ...Array.from({ length: count }, () => el('span')));
}
