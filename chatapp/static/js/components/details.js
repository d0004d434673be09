// The details of the open conversation: beside it on a wide page, a dialog over it on a narrow one.
import { part, perFrame, setAttribute } from '../lib/dom.js';
import { loadModule } from './on_demand.js';
import { readPreference, writePreference } from './preference.js';

const isWide = matchMedia('(width >= 1100px)');

export class Details {
  isOpen = false;
  #timeline = null;
  #parts = []; // none until it is first open

  /** open(target): shows another conversation. */
  constructor(shell, store, { open }) {
    this.shell = shell;
    this.root = part('details', shell);
    this.button = part('details-toggle', shell);
    this.makeParts = (module) => module.makeParts(this.root, store, { open: (target) => this.#leaveFor(target, open) });
    const redraw = perFrame(() => this.#draw());
    for (const type of ['conversations', 'people']) store.on(type, redraw);
    this.button.addEventListener('click', () => (this.isOpen ? this.close() : this.#open()));
    part('details-close', this.root).addEventListener('click', () => this.close());
    this.root.addEventListener('click', (event) => event.target === this.root && this.close());
    this.root.addEventListener('keydown', (event) => event.key === 'Escape' && !event.defaultPrevented && this.close());
    isWide.addEventListener('change', () => this.#place(this.#isWanted()));
  }

  /** What is open now; null for nothing. */
  show(timeline) {
    const isSame = timeline === this.#timeline;
    this.#timeline = timeline;
    for (const one of this.#parts) one.reset();
    this.#place(isSame && timeline ? this.isOpen : this.#isWanted());
  }

  close() {
    const hadFocus = this.root.contains(document.activeElement);
    this.#remember('closed');
    this.#place(false);
    if (hadFocus) this.button.focus();
  }

  #open() {
    this.#remember('open');
    this.#place(true);
    part('details-close', this.root).focus();
  }

  /** On a narrow page it covers the conversation, so it only comes when asked for. */
  #isWanted() {
    return Boolean(this.#timeline) && isWide.matches && readPreference('details') === 'open';
  }

  #remember(state) {
    if (isWide.matches) writePreference('details', state);
  }

  #place(isOpen) {
    const covers = isOpen && !isWide.matches;
    this.isOpen = isOpen;
    this.root.hidden = !isOpen;
    setAttribute(this.root, 'role', covers ? 'dialog' : 'complementary');
    setAttribute(this.root, 'aria-modal', covers ? 'true' : null);
    setAttribute(this.button, 'aria-expanded', String(isOpen));
    part('skip').inert = covers;
    for (const node of this.shell.querySelectorAll(':scope > :is(.banner, .side, .stage)')) node.inert = covers;
    if (isOpen && !this.#parts.length) this.#load();
    this.#draw();
  }

  async #load() {
    const module = await loadModule(() => import('../on_demand/details_parts.js'));
    if (!module) return this.#place(false);
    if (!this.#parts.length) this.#parts = this.makeParts(module);
    return this.#draw();
  }

  #leaveFor(target, open) {
    if (!isWide.matches) this.#place(false);
    open(target);
  }

  #draw() {
    if (this.isOpen && this.#timeline) for (const one of this.#parts) one.draw(this.#timeline);
  }
}
