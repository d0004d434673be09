// Finding people and groups by name, and moving through the list by keyboard.
import { part } from '../lib/dom.js';

const PAUSE_MS = 150;
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export class PeopleSearch {
  #timer = 0;
  #asked = ''; // the query that was last asked for
  #answer = Promise.resolve(true); // whether the list shows it

  /** leave: where Escape goes; reveal: makes the list visible. */
  constructor(root, store, list, { leave, reveal, failed }) {
    Object.assign(this, { root, store, list, leave, reveal, failed });
    this.box = part('people-search', root);
    part('search-key', root).textContent = isMac ? '⌘K' : 'Ctrl K';
    this.box.addEventListener('input', () => this.#typed());
    root.addEventListener('keydown', (event) => this.#key(event));
    addEventListener('keydown', (event) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      this.focus();
    });
    if (this.box.value) this.#typed(); // typed before the modules had run
  }

  focus() {
    this.reveal();
    this.box.focus();
    this.box.select();
  }

  clear() {
    if (!this.box.value) return;
    this.box.value = '';
    this.list.show('', []); // the recent ones are here already, connected or not
    this.#search();
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), PAUSE_MS);
  }

  /** Resolves with whether the list shows what stands in the box. */
  #search() {
    clearTimeout(this.#timer);
    const query = this.box.value.trim();
    if (query !== this.#asked) {
      this.#asked = query;
      this.#answer = this.#ask(query);
    }
    return this.#answer;
  }

  async #ask(query) {
    let groups = [];
    try {
      [groups] = await Promise.all([query ? this.store.searchConversations(query) : [], this.store.searchPeople(query)]);
    } catch (error) {
      if (this.#asked !== query) return false;
      this.#asked = null; // so that the same words are asked for again
      console.warn('search', error);
      this.failed('The search did not get through. Please try again.');
      return false;
    }
    if (this.#asked !== query) return false;
    this.list.show(query, groups);
    return true;
  }

  #key(event) {
    if (event.key === 'Escape') {
      event.preventDefault();
      this.clear();
      this.leave();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      this.#move(event, event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && event.target === this.box) {
      this.#openFirst();
    }
  }

  async #openFirst() {
    if (!(await this.#search())) return;
    this.list.draw();
    this.root.querySelector('a.person')?.click();
  }

  #move(event, step) {
    const stops = [this.box, ...[...this.root.querySelectorAll('a.person')].filter((link) => link.checkVisibility())];
    const at = stops.indexOf(event.target);
    const next = stops[at + step];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  }
}
