// Dialogs that are made when they are asked for, and gone when they close.
import { el } from '../lib/dom.js';

let count = 0;

export function openDialog(title, ...children) {
  const id = `dialog-${(count += 1)}`;
  const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': id, closedby: 'any' }, el('h2', { id }, title), ...children);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeButton(text = 'Close') {
  return el('button', { type: 'button', class: 'button button-quiet', onclick: (event) => event.target.closest('dialog').close() }, text);
}
