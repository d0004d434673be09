import { el } from '../lib/dom.js';
import { closeButton, openDialog } from './dialog.js';
import { showToast } from './toast.js';

/** Puts `text` on the clipboard; where the browser refuses (plain http), it is shown, ready to be copied by hand. */
export async function copyText(text, { done, title }) {
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  if (copied) return showToast(done);
  const box = el('textarea', { class: 'input', readonly: true, rows: '3', dir: 'auto', 'aria-label': title });
  box.value = text;
  openDialog(title, el('p', {}, 'The browser does not let this page copy. The text is selected: copy it from here.'), box,
    el('div', { class: 'dialog-actions' }, closeButton()));
  box.focus();
  return box.select();
}
