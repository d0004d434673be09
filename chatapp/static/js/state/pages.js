import { get } from '../lib/api.js';

const PAGE = 50;
const BIG_PAGE = 100; // the most the server gives

/** Loads the pages of one timeline's window. One load at a time; a new start makes older answers void. */
export class Pages {
  #first = null; // the promise of a running first load

  constructor(timeline) {
    this.timeline = timeline;
  }

  /** The first page: the end, or around the first unread message when that lies far back. */
  first() {
    this.#first ??= this.#load('first', this.#firstQuery()).finally(() => {
      this.#first = null;
    });
    return this.#first;
  }

  end() {
    return this.#load('newer', { limit: PAGE });
  }

  around(seq) {
    return this.#load('newer', { around: seq, limit: BIG_PAGE });
  }

  /** Around the first message at or after a Date; resolves with its seq. */
  async at(date) {
    return (await this.#load('newer', { at: date.toISOString(), limit: BIG_PAGE }))?.seq ?? null;
  }

  /** Reads the window anew after being far behind; a reader who has scrolled up stays where he is. */
  again() {
    const { window, atEnd } = this.timeline;
    const stays = window.messages.length > 0 && (window.hasNewer || !atEnd);
    return stays ? this.around(window.messages[window.messages.length >> 1].seq) : this.end();
  }

  older() {
    const { window, loading } = this.timeline;
    if (loading || !window.hasOlder || !window.first) return Promise.resolve();
    return this.#extend('older', { before: window.first.seq, limit: PAGE });
  }

  newer() {
    const { window, loading } = this.timeline;
    if (loading || !window.hasNewer || !window.last) return Promise.resolve();
    return this.#extend('newer', { after: window.last.seq, limit: BIG_PAGE });
  }

  #firstQuery() {
    const { unread, last_read_seq: read } = this.timeline.conversation;
    if (unread > BIG_PAGE - 30) return { around: read + 1, limit: BIG_PAGE };
    return { limit: unread > PAGE - 20 ? BIG_PAGE : PAGE };
  }

  /** Reads a page that takes the place of the window. */
  async #load(what, query) {
    const { timeline } = this;
    timeline.epoch += 1;
    const askedAt = performance.now();
    const page = await this.#fetch(what, query);
    if (!page) return null;
    const middle = query.around ?? page.seq ?? Infinity;
    const later = page.messages.filter((message) => message.seq >= middle);
    timeline.takeWindow(page, {
      askedAt,
      hasOlder: page.more,
      // Whether the conversation goes on is only known by looking, when the page is full that way.
      hasNewer: later.length > 0 && later.length >= query.limit - Math.floor(query.limit / 2),
    });
    return page;
  }

  /** Reads a page that joins on to the window. */
  async #extend(side, query) {
    const { window } = this.timeline;
    const page = await this.#fetch(side, query);
    if (!page) return;
    // The window may have lost that end to newer messages meanwhile.
    const joins = side === 'older' ? window.first?.seq === query.before : window.last?.seq === query.after;
    if (joins) this.timeline.takePage(page, side);
  }

  /** The page, or null when the window was started anew while it was on its way. */
  async #fetch(what, query) {
    const { timeline } = this;
    const { epoch } = timeline;
    timeline.setLoading(what);
    try {
      const page = await get(`/api/conversations/${timeline.conversation.id}/messages?${new URLSearchParams(query)}`);
      return epoch === timeline.epoch ? page : null;
    } finally {
      if (epoch === timeline.epoch) timeline.setLoading(null);
    }
  }
}
