import { el } from '../lib/dom.js';
import { dayKey } from '../lib/time.js';
import { closeButton, openDialog } from '../components/dialog.js';

/** Asks for a day, beginning with `date`; `go(date)` gets its first moment, here. */
export function askDate(date, go) {
  const input = el('input', { class: 'input', type: 'date', id: 'go-to-date', required: true, max: dayKey(new Date()), value: dayKey(date) });
  const form = el('form', { class: 'field' }, el('label', { for: 'go-to-date' }, 'Date'), input,
    el('div', { class: 'dialog-actions' }, closeButton('Cancel'), el('button', { type: 'submit', class: 'button' }, 'Go')));
  const dialog = openDialog('Go to date', form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const [year, month, day] = input.value.split('-').map(Number);
    dialog.close();
    go(new Date(year, month - 1, day));
  });
  input.focus();
}
