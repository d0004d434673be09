// The full view: one picture of the open conversation in the whole window, and from there to the others.
import { downloadOf } from '../components/attachments.js';
import { closeButton } from '../components/dialog.js';
import { showToast } from '../components/toast.js';
import { formatSize, previewOf } from '../lib/attachments.js';
import { el, icon, setText } from '../lib/dom.js';
import { formatNumber } from '../lib/time.js';
import { PictureZoom } from './picture_zoom.js';

const SWIPE = 50; // px

/** Opens it at the picture of this id. `address`: Back closes. */
export function showPicture(timeline, id, address) {
  const view = new PictureView(timeline, address);
  view.open(id);
}

class PictureView {
  constructor(timeline, address) {
    Object.assign(this, { timeline, address });
    this.name = el('h2', { id: 'viewer-name', dir: 'auto' });
    this.about = el('p');
    this.link = el('a', { class: 'icon-button', 'aria-label': 'Download', title: 'Download' }, icon('download'));
    this.stop = el('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', title: 'Close', onclick: () => this.root.close() }, icon('close'));
    this.back = this.#makeStep('Previous picture', 'viewer-back', -1);
    this.next = this.#makeStep('Next picture', 'viewer-next', 1);
    this.stage = el('div', { class: 'viewer-stage' });
    this.zoom = new PictureZoom(this.stage);
    this.root = el('dialog', { class: 'viewer', 'aria-labelledby': 'viewer-name' },
      el('header', { class: 'viewer-head' }, el('div', { 'aria-live': 'polite', 'aria-atomic': 'true' }, this.name, this.about), this.zoom.button, this.link, this.stop),
      this.stage, this.back, this.next);
  }

  get pictures() {
    return this.timeline.items.flatMap(({ attachments = [] }) => attachments.filter(({ kind }) => kind === 'image'));
  }

  open(id) {
    const { root, address } = this;
    document.body.append(root);
    root.showModal();
    this.#show(id);
    this.stop.focus();
    this.off = this.timeline.on('change', () => this.#changed());
    const ends = new AbortController();
    addEventListener('keydown', (event) => this.#key(event), { signal: ends.signal }); // a press on the picture leaves the focus nowhere
    this.stage.addEventListener('click', (event) => event.target === this.stage && root.close());
    this.#listenForSwipes();
    address.cover(() => this.#close());
    root.addEventListener('close', () => {
      this.off();
      ends.abort();
      this.zoom.end();
      root.remove();
      address.uncover();
    });
  }

  #close() {
    if (this.root.open) this.root.close();
  }

  #makeStep(label, name, by) {
    return el('button', { type: 'button', class: `icon-button viewer-step ${name}`, 'aria-label': label, title: label, onclick: () => this.#step(by) }, icon('chevron'));
  }

  #show(id) {
    const { pictures } = this;
    this.at = pictures.findIndex((picture) => picture.id === id);
    this.id = id;
    const { name, url, size } = pictures[this.at];
    setText(this.name, name);
    Object.assign(this.link, downloadOf({ url, name }));
    this.zoom.show(makeImage(pictures[this.at]));
    this.size = formatSize(size);
    this.#showPlace(pictures.length);
    for (const by of [-1, 1]) if (pictures[this.at + by]) new Image().src = sourceOf(pictures[this.at + by]);
  }

  #showPlace(count) {
    setText(this.about, `${formatNumber(this.at + 1)} of ${formatNumber(count)} · ${this.size}`);
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === count - 1;
  }

  #step(by) {
    const picture = this.pictures[this.at + by];
    if (!picture) return;
    this.#show(picture.id);
    if (document.activeElement === document.body || document.activeElement.disabled) this.stop.focus();
  }

  /** Others may have come before it, or it may be gone. */
  #changed() {
    const { pictures } = this;
    this.at = pictures.findIndex(({ id }) => id === this.id);
    if (this.at >= 0) return this.#showPlace(pictures.length);
    this.root.close();
    return showToast('That picture was deleted.');
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (this.zoom.scroll(event)) return;
    const isRightToLeft = getComputedStyle(this.root).direction === 'rtl';
    const by = { ArrowLeft: isRightToLeft ? 1 : -1, ArrowRight: isRightToLeft ? -1 : 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.#step(by);
  }

  #listenForSwipes() {
    let from = null;
    this.stage.addEventListener('pointerdown', (event) => {
      from = event.isPrimary && event.pointerType !== 'mouse' && !this.zoom.isOn ? event : null;
    });
    this.stage.addEventListener('pointerup', (event) => {
      const [right, down] = from ? [event.clientX - from.clientX, event.clientY - from.clientY] : [0, 0];
      from = null;
      if (Math.abs(right) > SWIPE && Math.abs(right) > 2 * Math.abs(down)) this.#step(right < 0 ? 1 : -1);
    });
    this.stage.addEventListener('pointercancel', () => { from = null; });
  }
}

const sourceOf = ({ id, url }) => previewOf(id) ?? url;

/** In its place at once, with the small one for as long as the large one is on its way. */
function makeImage(picture) {
  const { name, width, height, thumbnail_url: thumbnail } = picture;
  const image = el('img', { alt: name, draggable: 'false' });
  if (width && height) {
    image.style.setProperty('--wide', `${width}px`);
    image.style.setProperty('--ratio', String(width / height));
  }
  if (thumbnail) image.style.backgroundImage = `url("${thumbnail}")`;
  image.addEventListener('load', () => {
    image.style.backgroundImage = '';
    image.dataset.loaded = '';
  });
  image.addEventListener('error', () => image.replaceWith(el('p', { role: 'alert' }, 'This picture could not be loaded. ', closeButton('Close'))));
  image.src = sourceOf(picture);
  return image;
}
