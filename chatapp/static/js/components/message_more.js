// What can be done about a stored message: a button beside it under the pointer or the focus, a long press, keys.
import { el, icon } from '../lib/dom.js';
import { openMenu } from './menu.js';

const LONG_PRESS_MS = 450;
const SLIP = 10; // px a finger may move meanwhile

export class MessageMore {
  /** itemsOf(node): the menu of a message, or null while it is not stored. */
  constructor(rows, itemsOf) {
    Object.assign(this, { rows, itemsOf, made: rows.getElementsByClassName('message-more') });
    for (const type of ['pointerover', 'focusin']) rows.addEventListener(type, (event) => this.#offer(event.target.closest('article')));
    rows.addEventListener('pointerdown', (event) => this.#press(event));
    rows.addEventListener('contextmenu', (event) => event.pointerType === 'touch' && isPlain(event.target) && event.preventDefault());
  }

  /** The menu; the focus goes back to the message, unless its button was pressed. */
  open(node, back = node) {
    const items = this.itemsOf(node);
    if (!items) return;
    this.#offer(node);
    openMenu(node.querySelector('.message-more'), items, { label: 'Message', back });
  }

  /** Only messages that are looked at have the button: hundreds of them would cost. */
  #offer(node) {
    if (!node || node.querySelector('.message-more') || !this.itemsOf(node)) return;
    for (const old of [...this.made]) if (!old.closest('article').contains(document.activeElement) && !old.ariaExpanded?.includes('true')) old.remove();
    const button = el('button', { type: 'button', class: 'icon-button message-more', 'aria-label': 'More', title: 'More', 'aria-haspopup': 'menu' }, icon('more'));
    button.addEventListener('click', () => this.open(node, button));
    node.querySelector('.bubble').after(button);
  }

  #press(event) {
    const node = event.target.closest('article');
    if (event.pointerType === 'mouse' || !node || !isPlain(event.target)) return;
    const ends = new AbortController();
    const { signal } = ends;
    const stop = () => {
      clearTimeout(timer);
      ends.abort();
    };
    const timer = setTimeout(() => {
      stop();
      this.open(node);
    }, LONG_PRESS_MS);
    for (const type of ['pointerup', 'pointercancel']) addEventListener(type, stop, { signal });
    addEventListener('pointermove', ({ clientX, clientY }) => {
      if (Math.hypot(clientX - event.clientX, clientY - event.clientY) > SLIP) stop();
    }, { signal });
  }
}

/** Links and buttons have a long press of their own; a picture has that of its message. */
function isPlain(target) {
  return !target.closest('a, button:not(.picture), textarea, video, audio');
}
