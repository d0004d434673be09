import { part } from '../lib/dom.js';

const SHOWN_MS = 6000;
let timer = 0;

/** A short word at the foot of the page that goes by itself. */
export function showToast(text) {
  const toast = part('toast');
  toast.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => { toast.textContent = ''; }, SHOWN_MS);
}
