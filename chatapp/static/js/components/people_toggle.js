// The button that folds the list away. On a phone it leads to the list instead, and nothing is remembered.
import { isPhone, part } from '../lib/dom.js';
import { writePreference } from './preference.js';

export class PeopleToggle {
  /** home: leads to the list on a phone. */
  constructor(shell, { home }) {
    this.shell = shell;
    this.button = part('people-toggle', shell);
    this.button.addEventListener('click', () => (isPhone.matches ? home() : this.#fold(!this.isFolded)));
    isPhone.addEventListener('change', () => this.tell());
    this.tell();
  }

  get isFolded() {
    return document.documentElement.dataset.people === 'collapsed';
  }

  get isOpen() {
    return isPhone.matches ? this.shell.dataset.view === 'list' : !this.isFolded;
  }

  reveal() {
    if (this.isOpen) return;
    if (isPhone.matches) this.view('list');
    else this.#fold(false);
  }

  /** 'list' or 'conversation': which of the two a phone shows. */
  view(name) {
    this.shell.dataset.view = name;
    this.tell();
  }

  tell() {
    this.button.setAttribute('aria-expanded', String(this.isOpen));
  }

  #fold(folded) {
    const root = document.documentElement;
    if (folded) root.dataset.people = 'collapsed';
    else delete root.dataset.people;
    writePreference('people', folded ? 'collapsed' : 'open');
    this.tell();
  }
}
