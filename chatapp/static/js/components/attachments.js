// The files of a message: pictures in place, films and sound to be played, all else as cards.
import { aboutFile, iconOf, previewOf } from '../lib/attachments.js';
import { el, icon, setAttribute } from '../lib/dom.js';
import { connection } from '../socket.js';

const WIDEST = 360; // px of one picture
const TALLEST = 320;
const LEAST = 48; // either way: a finger has to find it
const LARGE = [0, 4, 2]; // by how many there are beyond rows of three: so many stand in rows of two, and no row has a hole
const FLATTEST = 4; // what is flatter or narrower than 4:1 loses its ends here; the full view has all of it

const broken = new Set(); // pictures that could not be loaded: most likely there was no connection
const stillness = matchMedia('(prefers-reduced-motion: reduce)');

/** Fills them in behind the text of a message, or takes them away; what is shown already stays as it is. */
export function showAttachments(line, attachments = []) {
  const ids = attachments.map(({ id }) => id).join();
  const old = line.querySelector('.attachments');
  if ((old?.dataset.ids ?? '') === ids) return;
  const pictures = attachments.filter(({ kind }) => kind === 'image');
  const others = attachments.filter(({ kind }) => kind !== 'image');
  old?.remove();
  if (!ids) return;
  const box = el('div', { class: 'attachments', dataset: { ids } }, pictures.length > 0 && makePictures(pictures), ...others.map(makeOther));
  line.querySelector('.bubble').after(box);
}

function makePictures(pictures) {
  const isAlone = pictures.length === 1;
  const large = isAlone ? 'alone' : LARGE[pictures.length % 3];
  return el('div', { class: 'pictures', dataset: { large } }, ...pictures.map((picture) => makePicture(picture, isAlone)));
}

function makePicture({ id, name, url, thumbnail_url: thumbnail, width, height, is_animated: moves }, isAlone) {
  const isStill = moves && stillness.matches;
  const image = el('img', { alt: name, draggable: 'false', decoding: 'async', loading: 'lazy' });
  const button = el('button', { type: 'button', class: 'picture', dataset: { action: isStill ? 'play' : 'picture', file: id }, title: isStill ? 'Play' : null },
    image, isStill && el('span', { class: 'picture-play' }, icon('play', 'Play')));
  if (isAlone && width && height) fit(button, width, height);
  image.addEventListener('error', () => setBroken(button, true));
  image.addEventListener('load', () => {
    setBroken(button, false);
    setAttribute(button, 'data-loaded', '');
  });
  image.src = (isStill ? thumbnail : previewOf(id) ?? (moves ? url : thumbnail)) ?? url;
  button.moving = url;
  return button;
}

/** Its own proportions, before a byte of it is here. */
function fit(button, width, height) {
  const ratio = Math.min(FLATTEST, Math.max(1 / FLATTEST, width / height));
  button.style.setProperty('--wide', `${Math.round(Math.min(WIDEST, TALLEST * ratio, Math.max(width, LEAST, LEAST * ratio)))}px`);
  button.style.setProperty('--ratio', String(ratio));
}

/** One that moves, where nothing moves by itself: the first click lets it, the next one shows it whole. */
export function playPicture(button) {
  button.querySelector('.picture-play').remove();
  button.querySelector('img').src = button.moving;
  button.dataset.action = 'picture';
  button.title = '';
}

function setBroken(button, isBroken) {
  broken[isBroken ? 'add' : 'delete'](button);
  setAttribute(button, 'data-broken', isBroken ? '' : null);
  button.querySelector('.picture-fault')?.remove();
  if (isBroken) button.append(el('span', { class: 'picture-fault' }, icon('picture'), 'Load again'));
}

/** What could not be loaded is asked for again; whether it was so. */
export function reloadPicture(button) {
  if (!broken.has(button)) return false;
  const image = button.querySelector('img');
  image.src = image.src; // loads anew
  return true;
}

connection.on('change', () => {
  if (!connection.isUp) return;
  for (const button of broken) if (!button.isConnected || !reloadPicture(button)) broken.delete(button);
});

function makeOther(file) {
  if (file.kind === 'video') return makePlayer(file, el('video', { controls: true, preload: 'metadata', playsinline: true, src: file.url, 'aria-label': file.name }));
  if (file.kind === 'audio') return makePlayer(file, el('audio', { controls: true, preload: 'metadata', src: file.url, 'aria-label': file.name }));
  return makeCard(file);
}

/** What this browser cannot play is still there to be had. */
function makePlayer(file, player) {
  const box = el('div', { class: `player player-${file.kind}` }, player, makeCard(file));
  player.addEventListener('error', () => player.remove());
  return box;
}

function makeCard({ name, url, size, kind }) {
  return el('a', { class: 'file-card', ...downloadOf({ name, url }), title: name },
    icon(iconOf(kind)),
    el('span', { class: 'file-text' },
      el('span', { class: 'file-name', dir: 'auto' }, name), el('span', { class: 'file-about' }, aboutFile(name, size), el('span', { class: 'visually-hidden' }, ', download'))),
    icon('download'));
}

/** Of a link that saves it, wherever it is kept. */
export const downloadOf = ({ url, name }) => ({ href: `${url}?download`, download: name });

/** As if its link was pressed. */
export function downloadFile({ url, name }) {
  el('a', downloadOf({ url, name })).click();
}
