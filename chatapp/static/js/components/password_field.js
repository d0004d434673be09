import { el } from '../lib/dom.js';

/** A button that shows what is typed, in every password field of the form at once. */
export function start(root) {
  const form = root.closest('form');
  const inputs = [...form.querySelectorAll('input[type="password"]')];
  const button = el('button', { type: 'button', class: 'button-plain field-show', 'aria-pressed': 'false' }, 'Show');
  button.addEventListener('click', () => show(button.getAttribute('aria-pressed') === 'false'));
  form.addEventListener('submit', () => show(false)); // browsers offer to keep only what is a password field
  root.querySelector('.field-box').append(button);

  function show(visible) {
    button.setAttribute('aria-pressed', String(visible));
    for (const input of inputs) input.type = visible ? 'text' : 'password';
  }
}
