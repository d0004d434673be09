// The details of the open conversation: beside it on a wide page, a dialog over it on a narrow one.
import { part, perFrame, setAttribute } from '../lib/dom.js';
import { loadModule } from './on_demand.js';
import { readPreference, writePreference } from './preference.js';

const isWide = matchMedia('(width >= 1100px)');

export class Details {
  isOpen = false;
  #timeline = null;
  #parts = []; // none until it is first open
  #turn = 0;

  /** open(target): shows another conversation; address: Back closes what covers the page. */
  constructor(shell, store, { open, address }) {
    Object.assign(this, { shell, store, address });
    this.root = part('details', shell);
    this.button = part('details-toggle', shell);
    this.makeParts = (module) => module.makeParts(this.root, store, { open: (target) => this.#leaveFor(target, open) });
    const redraw = perFrame(() => this.#draw());
    for (const type of ['conversations', 'people', 'presence']) store.on(type, redraw);
    for (const type of ['pointerenter', 'focus']) this.button.addEventListener(type, () => this.#load(), { once: true });
    this.button.addEventListener('click', () => (this.isOpen ? this.close() : this.#open()));
    part('details-close', this.root).addEventListener('click', () => this.close());
    this.root.addEventListener('click', (event) => event.target === this.root && this.close());
    this.root.addEventListener('keydown', (event) => event.key === 'Escape' && !event.defaultPrevented && this.close());
    isWide.addEventListener('change', () => {
      address.uncover();
      this.#place(this.#isWanted());
    });
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
    this.address.uncover();
    this.#place(false);
    if (hadFocus) this.button.focus();
  }

  async #open() {
    this.#remember('open');
    await this.#place(true);
    if (this.isOpen && !isWide.matches) this.address.cover(() => this.close());
    if (this.isOpen) part('details-close', this.root).focus();
  }

  /** On a narrow page it covers the conversation, so it only comes when asked for. */
  #isWanted() {
    return Boolean(this.#timeline) && isWide.matches && readPreference('details') === 'open';
  }

  #remember(state) {
    if (isWide.matches) writePreference('details', state);
  }

  /** Nothing shows before it answers. */
  async #place(isOpen) {
    const turn = (this.#turn += 1); // of several at a time the last one counts
    if (isOpen && !this.#parts.length && (!(await this.#load()) || turn !== this.#turn)) return;
    const covers = isOpen && !isWide.matches;
    this.isOpen = isOpen;
    this.root.hidden = !isOpen;
    setAttribute(this.root, 'role', covers ? 'dialog' : 'complementary');
    setAttribute(this.root, 'aria-modal', covers ? 'true' : null);
    setAttribute(this.button, 'aria-expanded', String(isOpen));
    part('skip').inert = covers;
    for (const node of this.shell.querySelectorAll(':scope > :is(.banner, .side, .stage)')) node.inert = covers;
    this.#draw();
  }

  /** Whether its parts are here. */
  async #load() {
    if (this.#parts.length) return true;
    const module = await loadModule(() => import('../on_demand/details_parts.js'));
    if (module && !this.#parts.length) this.#parts = this.makeParts(module);
    return this.#parts.length > 0;
  }

  #leaveFor(target, open) {
    if (!isWide.matches) this.#place(false);
    open(target);
  }

  #draw() {
    if (!this.isOpen || !this.#timeline) this.store.presence.show('details', []);
    if (this.isOpen && this.#timeline) for (const one of this.#parts) one.draw(this.#timeline);
  }
}
