// Archived conversations: a part below the list that opens, and asks for them when it does.
import { part, setAttribute, setText } from '../lib/dom.js';
import { formatNumber } from '../lib/time.js';
import { PeopleSection } from './people_section.js';
import { describeRow } from './person_row.js';

export class ArchivedList {
  isOpen = false;
  #isLoading = false;
  #fault = '';

  constructor(root, store, { redraw }) {
    Object.assign(this, { root, store, redraw });
    this.button = part('archived-toggle', root);
    this.scroller = part('archived-scroll', root);
    this.section = new PeopleSection(root, 'archived', { scroller: this.scroller, load: () => this.#load(), loaded: redraw, failed: (error) => { this.#fault = error.message; }, seen: (ids) => store.presence.show('archived', ids) });
    this.button.addEventListener('click', () => this.#toggle());
  }

  /** Those that are shown: none while it is closed. */
  conversations() {
    return this.isOpen ? this.store.archived() : [];
  }

  draw(shown, isHidden) {
    const { store, section, isOpen } = this;
    const all = store.archived();
    const hasMore = store.moreArchived;
    part('archived-part', this.root).hidden = isHidden || !(all.length || hasMore || isOpen);
    setAttribute(this.button, 'aria-expanded', String(isOpen));
    setText(part('archived-count', this.root), isOpen && !hasMore && all.length ? formatNumber(all.length) : '');
    this.scroller.hidden = !isOpen;
    const isFirst = this.#isLoading && !all.length;
    section.draw(isOpen ? all.map((one) => describeRow(store, one)) : [], shown, { hasMore: isOpen && hasMore && !isFirst });
    const none = all.length || hasMore ? '' : 'Nothing is archived. What you archive waits here until somebody writes in it.';
    const note = part('archived-note', this.root);
    setText(note, isFirst ? 'Loading' : this.#fault || none);
    setAttribute(note, 'data-loading', isFirst && '');
  }

  #toggle() {
    this.isOpen = !this.isOpen;
    if (this.isOpen) this.section.next();
    this.redraw();
  }

  async #load() {
    this.#isLoading = true;
    this.#fault = '';
    try {
      await this.store.loadArchived();
    } finally {
      this.#isLoading = false;
    }
  }
}
