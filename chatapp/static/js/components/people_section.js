// One part of the navigation: a list of rows under a heading, and the button that leads on.
import { part, reconcile, setText } from '../lib/dom.js';
import { makePersonRow, updatePersonRow } from './person_row.js';

export class PeopleSection {
  #nodes = new Map();
  #inSight = new Set();
  #hasFailed = false;

  /**
   * `load()` brings the next page; `scroller` is what the list scrolls in; `loaded()` is called after each try;
   * `seen(ids)` is told the people whose rows are in sight, or nearly.
   */
  constructor(root, name, { scroller, load, loaded, failed, seen }) {
    Object.assign(this, { load, loaded, failed, seen });
    this.list = part(name, root);
    this.heading = root.querySelector(`[data-part="${name}-heading"]`); // one list is named by its button
    this.more = part(`more-${name}`, root);
    this.more.addEventListener('click', () => this.next());
    // By itself when the button comes into sight, unless that just failed; it stays for those who press it.
    new IntersectionObserver(([entry]) => entry.isIntersecting && !this.#hasFailed && this.next(), { root: scroller, rootMargin: '200px 0px' }).observe(this.more);
    this.rows = new IntersectionObserver((entries) => this.#look(entries), { root: scroller, rootMargin: '100px 0px' });
  }

  /** rows: as of describeRow; shown: how the rows are to be shown, for updatePersonRow. */
  draw(rows, shown, { heading, hasMore }) {
    this.list.hidden = !rows.length;
    this.more.hidden = !hasMore;
    if (this.heading) {
      this.heading.hidden = !rows.length;
      setText(this.heading, heading);
    }
    reconcile(this.list, rows, this.#nodes, (row) => this.#make(row), (node, row) => updatePersonRow(node, row, shown));
  }

  #make(row) {
    const node = makePersonRow(row);
    this.rows.observe(node);
    return node;
  }

  #look(entries) {
    for (const { target, isIntersecting } of entries) this.#inSight[isIntersecting ? 'add' : 'delete'](target);
    for (const node of this.#inSight) if (!node.isConnected) this.#inSight.delete(node);
    this.seen([...this.#inSight].map((node) => node.firstElementChild.userId).filter(Boolean));
  }

  async next() {
    if (this.more.disabled) return;
    this.more.disabled = true;
    try {
      await this.load();
      this.#hasFailed = false;
    } catch (error) {
      this.#hasFailed = true;
      this.failed(error); // the button stays for another try
    } finally {
      this.more.disabled = false;
      this.loaded();
    }
  }
}
