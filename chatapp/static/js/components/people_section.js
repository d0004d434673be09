// One part of the navigation: a list of rows under a heading, and the button that leads on.
import { part, reconcile, setText } from '../lib/dom.js';
import { makePersonRow, updatePersonRow } from './person_row.js';

export class PeopleSection {
  #nodes = new Map();

  /** `load()` brings the next page; `scroller` is what the list scrolls in; `loaded()` is called after each try. */
  constructor(root, name, { scroller, load, loaded, failed }) {
    Object.assign(this, { load, loaded, failed });
    this.list = part(name, root);
    this.heading = root.querySelector(`[data-part="${name}-heading"]`); // one list is named by its button
    this.more = part(`more-${name}`, root);
    this.more.addEventListener('click', () => this.next());
    // By itself when the button comes into sight; it stays for those who press it.
    new IntersectionObserver(([entry]) => entry.isIntersecting && this.next(), { root: scroller, rootMargin: '200px 0px' }).observe(this.more);
  }

  /** rows: as of describeRow; shown: how the rows are to be shown, for updatePersonRow. */
  draw(rows, shown, { heading, hasMore }) {
    this.list.hidden = !rows.length;
    this.more.hidden = !hasMore;
    if (this.heading) {
      this.heading.hidden = !rows.length;
      setText(this.heading, heading);
    }
    reconcile(this.list, rows, this.#nodes, makePersonRow, (node, row) => updatePersonRow(node, row, shown));
  }

  async next() {
    if (this.more.disabled) return;
    this.more.disabled = true;
    try {
      await this.load();
    } catch (error) {
      this.failed(error); // the button stays for another try
    } finally {
      this.more.disabled = false;
      this.loaded();
    }
  }
}
