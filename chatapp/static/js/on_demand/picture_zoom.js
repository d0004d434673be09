// A picture in its actual size in the full view, where the window only has room for a smaller one.
import { el, icon, setAttribute } from '../lib/dom.js';

const WORTH = 1.1; // times as large as it is shown, or there is nothing more to see
const STEP = 80; // px for each press of an arrow

export class PictureZoom {
  #image = null;
  #ends = new AbortController();

  constructor(stage) {
    this.stage = stage;
    this.button = el('button', { type: 'button', class: 'icon-button', 'aria-label': 'Actual size', title: 'Actual size', 'aria-pressed': 'false', hidden: true, onclick: () => this.#toggle() }, icon('zoom'));
    const { signal } = this.#ends;
    stage.addEventListener('click', (event) => event.target === this.#image && !this.button.hidden && this.#toggle(event));
    addEventListener('resize', () => this.#measure(), { signal });
    // Enlarged with two fingers it is moved with one, which else leads to the next.
    visualViewport?.addEventListener('resize', () => setAttribute(stage, 'data-pinched', visualViewport.scale > 1 ? '' : null), { signal });
  }

  /** Whether a finger moves the picture. */
  get isOn() {
    return this.stage.matches('[data-actual], [data-pinched]');
  }

  /** Another one, as large as the window. */
  show(image) {
    this.#image = image;
    this.#set(false);
    this.#offer(false);
    image.addEventListener('load', () => this.#measure());
    this.stage.replaceChildren(image);
  }

  /** Arrows move what is larger than the window; whether it was so. */
  scroll(event) {
    const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!this.stage.matches('[data-actual]') || !(right || down)) return false;
    event.preventDefault();
    this.stage.scrollBy(right * STEP, down * STEP);
    return true;
  }

  end() {
    this.#ends.abort();
  }

  #measure() {
    if (!this.#image.naturalWidth || this.stage.matches('[data-actual]')) return;
    this.#offer(this.#image.naturalWidth > WORTH * this.#image.clientWidth);
  }

  #offer(isWorth) {
    this.button.hidden = !isWorth;
    setAttribute(this.stage, 'data-zooms', isWorth ? '' : null);
  }

  /** What was pressed stays where it is; without a pointer, the middle does. */
  #toggle({ clientX, clientY } = {}) {
    const before = this.#image.getBoundingClientRect();
    const stage = this.stage.getBoundingClientRect();
    const [x, y] = clientX === undefined ? [stage.left + stage.width / 2, stage.top + stage.height / 2] : [clientX, clientY];
    this.#set(!this.stage.matches('[data-actual]'));
    const after = this.#image.getBoundingClientRect();
    this.stage.scrollBy(after.left + ((x - before.left) / before.width) * after.width - x, after.top + ((y - before.top) / before.height) * after.height - y);
    if (!this.stage.matches('[data-actual]')) this.#measure();
  }

  #set(isActual) {
    setAttribute(this.stage, 'data-actual', isActual ? '' : null);
    setAttribute(this.stage, 'tabindex', isActual ? '0' : null); // what scrolls can be reached
    setAttribute(this.button, 'aria-pressed', String(isActual));
  }
}
