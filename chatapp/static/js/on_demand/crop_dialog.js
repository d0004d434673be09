// Cuts a square out of a picture: dragged by pointer or arrow keys, zoomed by wheel, pinch, slider, plus and minus.
import { closeButton, openDialog } from '../components/dialog.js';
import { el, setAttribute, setText } from '../lib/dom.js';
import { Crop } from './crop.js';

const SIDE = 512; // pixels of what is saved
const VIEW = 600; // pixels of what is shown
const LARGEST = 2048; // pixels of a side to work on
const STEP = 0.05; // of the side, for an arrow key
const ZOOM_STEP = 1.15;

/** Opens the dialog; resolves when it has closed. `save(blob)` rejects with an error whose `words` or message say why not. */
export async function cropPicture(file, { save }) {
  const image = await read(file);
  const dialog = new CropDialog(image, save);
  return new Promise((resolve) => {
    dialog.root.addEventListener('close', () => {
      image.close();
      resolve();
    });
  });
}

async function read(file) {
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    throw new Error('This browser cannot show that file as a picture. Try a JPEG, PNG or WebP.');
  }
  const scale = LARGEST / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const size = { resizeWidth: Math.ceil(image.width * scale), resizeHeight: Math.ceil(image.height * scale), resizeQuality: 'high' };
  const smaller = await createImageBitmap(image, size);
  image.close();
  return smaller;
}

class CropDialog {
  #pointers = new Map(); // id -> [right, down] in the view

  constructor(image, save) {
    Object.assign(this, { image, save });
    this.crop = new Crop(image);
    this.canvas = el('canvas', { width: VIEW, height: VIEW });
    this.view = el('div', {
      'class': 'crop-view', 'tabindex': '0', 'role': 'group', 'aria-label': 'Picture', 'aria-describedby': 'crop-hint', 'autofocus': true,
    }, this.canvas);
    this.zoom = el('input', { type: 'range', min: 1, max: 4, step: 0.01, value: 1 });
    this.fault = el('p', { class: 'field-error', role: 'alert' });
    this.go = el('button', { class: 'button', type: 'button', onclick: () => this.#save() }, 'Save picture');
    this.stop = closeButton('Cancel');
    this.root = openDialog('Crop your picture', this.view,
      el('label', { class: 'crop-zoom' }, 'Zoom', this.zoom, el('button', { class: 'button-plain', type: 'button', onclick: () => this.#reset() }, 'Reset')),
      el('p', { class: 'crop-hint', id: 'crop-hint' }, 'Drag it, or use the arrow keys, plus and minus. The circle is what others see.'),
      this.fault, el('div', { class: 'dialog-actions' }, this.stop, this.go));
    this.root.classList.add('crop');
    this.#listen();
    this.#draw();
  }

  #listen() {
    const { view, zoom } = this;
    zoom.addEventListener('input', () => this.#zoomTo(Number(zoom.value)));
    view.addEventListener('pointerdown', (event) => {
      view.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, this.#placeOf(event));
    });
    view.addEventListener('pointermove', (event) => this.#pointers.has(event.pointerId) && this.#drag(event));
    for (const type of ['pointerup', 'pointercancel']) view.addEventListener(type, (event) => this.#pointers.delete(event.pointerId));
    view.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.#zoomTo(this.crop.zoom * Math.exp(-event.deltaY / 400), this.#placeOf(event));
    }, { passive: false });
    view.addEventListener('keydown', (event) => this.#key(event));
  }

  #placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.view.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  /** One pointer moves it; two spread or pinch it as well. */
  #drag(event) {
    const [before] = [this.#pointers.get(event.pointerId)];
    const now = this.#placeOf(event);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    const share = other ? 0.5 : 1;
    this.crop.move((before[0] - now[0]) * share, (before[1] - now[1]) * share);
    if (other) this.crop.zoomTo(this.crop.zoom * (distance(now, other) / Math.max(0.01, distance(before, other))), middle(now, other));
    this.#draw();
  }

  #key(event) {
    const act = {
      'ArrowLeft': () => this.#move(-STEP, 0),
      'ArrowRight': () => this.#move(STEP, 0),
      'ArrowUp': () => this.#move(0, -STEP),
      'ArrowDown': () => this.#move(0, STEP),
      '+': () => this.#zoomTo(this.crop.zoom * ZOOM_STEP),
      '=': () => this.#zoomTo(this.crop.zoom * ZOOM_STEP),
      '-': () => this.#zoomTo(this.crop.zoom / ZOOM_STEP),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  #move(right, down) {
    this.crop.move(right, down);
    this.#draw();
  }

  #zoomTo(zoom, place) {
    this.crop.zoomTo(zoom, place);
    this.#draw();
  }

  #reset() {
    this.crop.reset();
    this.#draw();
  }

  #draw() {
    paint(this.canvas, this.image, this.crop);
    this.zoom.value = this.crop.zoom;
  }

  async #save() {
    this.#busy(true);
    setText(this.fault, '');
    try {
      const canvas = el('canvas', { width: SIDE, height: SIDE });
      paint(canvas, this.image, this.crop);
      await this.save(await toBlob(canvas));
      this.root.close();
    } catch (error) {
      setText(this.fault, error.words ?? error.message);
      this.#busy(false);
      this.go.focus();
    }
  }

  #busy(isBusy) {
    this.go.disabled = isBusy;
    setAttribute(this.root, 'aria-busy', isBusy ? 'true' : null);
    setText(this.go, isBusy ? 'Saving…' : 'Save picture');
  }
}

/** On white, where one can see through the picture. */
function paint(canvas, image, { left, top, side }) {
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

function toBlob(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made. Try a smaller one.'))), 'image/jpeg', 0.9);
  });
}

const distance = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
const middle = ([a, b], [c, d]) => [(a + c) / 2, (b + d) / 2];
