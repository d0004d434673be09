// The tray above the text box: what is to go with the message, how far it is, what can be done about it.
import { formatSize, iconOf } from '../lib/attachments.js';
import { el, icon, part, perFrame, reconcile, setAttribute, setText } from '../lib/dom.js';
import { plural } from '../lib/text.js';
import { formatNumber } from '../lib/time.js';

export class TrayView {
  #tray = null;
  #nodes = new Map();
  #off = () => {};
  #shown = 0; // items
  #failed = 0; // of them

  /** changed(): after each drawing; leave(): gives the focus to the text box. */
  constructor(root, { changed, leave }) {
    Object.assign(this, { changed, leave });
    this.root = part('tray', root);
    this.list = el('ul', { class: 'tray-items' });
    this.stop = el('button', { type: 'button', class: 'button-plain', onclick: () => this.#keep() }, 'Do not send yet');
    this.waiting = el('p', { class: 'tray-waiting' }, icon('clock'), el('span', {}, 'Sends as soon as the files are uploaded.'), this.stop);
    this.status = el('p', { class: 'visually-hidden', role: 'status' });
    this.root.append(this.list, this.waiting);
    this.root.after(this.status); // the tray itself comes and goes
    this.redraw = perFrame(() => this.#draw());
  }

  /** The tray of what is open; null for none. */
  show(tray) {
    if (tray === this.#tray) return;
    this.#off();
    this.#off = tray ? tray.on('change', this.redraw) : () => {};
    this.#tray = tray;
    this.#shown = 0;
    this.#failed = 0;
    this.said = '';
    setText(this.status, '');
    this.#draw();
  }

  #draw() {
    const items = this.#tray?.items ?? [];
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    const at = [...this.list.children].indexOf(focused?.closest('li'));
    this.root.hidden = !items.length;
    this.waiting.hidden = !this.#tray?.willSend;
    reconcile(this.list, items, this.#nodes, (item) => this.#make(item), update);
    this.#reveal(items);
    if (focused && !focused.checkVisibility()) this.#refocus(at);
    this.#say(items);
    this.changed();
  }

  #make(item) {
    const { key, name, size, kind, preview } = item;
    const picture = preview ? el('img', { class: 'tray-thumb', alt: '', src: preview, draggable: 'false', onerror: (event) => event.target.replaceWith(makeIcon(kind)) }) : makeIcon(kind);
    return el('li', { class: 'tray-item' }, picture,
      el('div', { class: 'tray-text' },
        el('span', { class: 'tray-name', dir: 'auto', title: name }, name),
        el('span', { class: 'tray-about', dataset: { size: formatSize(size) } }),
        el('progress', { 'max': 1, 'aria-label': `Uploading ${name}` })),
      el('button', { type: 'button', class: 'button-plain tray-retry', onclick: () => this.#tray.retry(key), 'aria-label': `Retry ${name}` }, 'Retry'),
      el('button', { type: 'button', class: 'icon-button', onclick: () => this.#tray.remove(key), 'aria-label': `Remove ${name}`, title: 'Remove' }, icon('close')));
  }

  /** There is room for a few: those that come to others, and above all what went wrong, are not to be looked for. */
  #reveal(items) {
    const failed = items.filter(({ state }) => state === 'failed').length;
    if (this.#shown && items.length > this.#shown) this.list.lastElementChild.scrollIntoView({ block: 'nearest' });
    if (failed > this.#failed) this.revealFault();
    this.#shown = items.length;
    this.#failed = failed;
  }

  revealFault() {
    this.list.querySelector('[data-state="failed"]')?.scrollIntoView({ block: 'nearest' });
  }

  /** The one beside what was taken away. */
  #refocus(at) {
    const buttons = this.root.hidden ? [] : [...this.list.querySelectorAll('.icon-button')];
    const next = buttons[Math.min(Math.max(at, 0), buttons.length - 1)];
    if (next) next.focus({ preventScroll: true });
    else this.leave();
  }

  #keep() {
    this.#tray.sendWhenReady(false);
    this.leave();
  }

  /** Once when it begins, when it is done and when something fails; not how far it is. */
  #say(items) {
    const failed = items.filter(({ state }) => state === 'failed');
    const busy = items.filter(({ state }) => state === 'uploading' || state === 'waiting').length;
    const files = (count) => `${formatNumber(count)} ${plural(count, 'file', 'files')}`;
    const words = [
      ...failed.map(({ name, words: why }) => `${name} was not uploaded: ${why.replace(/\.$/, '')}`),
      busy ? 'Uploading' : items.length > failed.length && `${files(items.length - failed.length)} ready to send`,
      this.#tray?.willSend && 'The message goes out when they are there',
    ].filter(Boolean).join('. ');
    if (words === this.said) return;
    this.said = words;
    setText(this.status, words);
  }
}

function makeIcon(kind) {
  return el('span', { class: 'tray-thumb' }, icon(iconOf(kind)));
}

function update(node, { state, share, words }) {
  const about = node.querySelector('.tray-about');
  const progress = node.querySelector('progress');
  const done = state === 'waiting' ? 'Waiting for its turn' : share === 1 ? 'Finishing' : `${Math.floor(share * 100)}%`;
  const isBusy = state === 'uploading' || state === 'waiting';
  setAttribute(node, 'data-state', state);
  setText(about, state === 'failed' ? words : [about.dataset.size, isBusy && (words || done)].filter(Boolean).join(' · '));
  progress.hidden = !isBusy;
  if (words || share < 1) progress.value = share;
  else progress.removeAttribute('value');
  node.querySelector('.tray-retry').hidden = state !== 'failed';
}
