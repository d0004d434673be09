// "12 new since 14:02": leads up to the "New messages" line when it came to stand out of sight.
import { part, setText } from '../lib/dom.js';
import { formatNumber, formatSince } from '../lib/time.js';

export class UnreadPill {
  #done = null; // the unreadSeq whose line has been seen, or was waved away

  /** go(seq): shows the line; leave(): where the focus goes when the pill does. */
  constructor(root, list, { go, leave }) {
    this.list = list;
    this.pill = part('unread-pill', root);
    this.text = part('unread-pill-text', root);
    part('unread-pill-go', root).addEventListener('click', () => go(list.unreadSeq));
    part('unread-pill-close', root).addEventListener('click', () => {
      this.#done = list.unreadSeq;
      this.show();
      leave();
    });
  }

  /** The line of a message that one has marked oneself is no news. */
  skip(seq) {
    this.#done = seq;
  }

  reset() {
    this.#done = null;
    this.pill.hidden = true;
  }

  show() {
    const { list } = this;
    const where = list.unreadSeq && this.#done !== list.unreadSeq ? this.#where() : null;
    if (where === 'here' && document.hasFocus()) this.#done = list.unreadSeq;
    this.pill.hidden = where !== 'above';
    if (where === 'above') setText(this.text, this.#words());
  }

  #where() {
    const { timeline, scroller, unreadSeq } = this.list;
    const line = this.list.nodeOf('unread');
    if (!line) return timeline.items[0]?.seq > unreadSeq ? 'above' : null;
    const edge = scroller.getBoundingClientRect();
    const { top, bottom } = line.getBoundingClientRect();
    if (bottom <= edge.top) return 'above';
    return top < edge.bottom ? 'here' : 'below';
  }

  #words() {
    const { timeline, unreadSeq, store } = this.list;
    const news = timeline.items.filter((item) => item.seq >= unreadSeq && item.sender_id !== store.me.id && item.kind !== 'system' && !item.deleted_at);
    const reaches = timeline.items[0].seq <= unreadSeq && !timeline.hasNewer;
    const since = news.length ? ` since ${formatSince(new Date(news[0].created_at))}` : '';
    return reaches ? `${formatNumber(news.length)} new${since}` : `${formatNumber(news.length)}+ new`;
  }
}
