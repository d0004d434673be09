// Editing a message that is not sent yet, in its place.
import { el } from '../lib/dom.js';
import { countCharacters } from '../lib/text.js';
import { fit, tooLong } from './composer.js';

/** Puts a box in place of the message's text until it is saved or left. */
export function editMessage(node, item, { save, done, limit }) {
  const line = node.querySelector('.message-line');
  const box = el('textarea', { class: 'input', 'aria-label': 'Your text', rows: '2', dir: 'auto' });
  const error = el('p', { class: 'field-error', role: 'alert' });
  const form = el('form', { class: 'message-editor' }, box, error, el('div', { class: 'dialog-actions' },
    el('button', { type: 'button', class: 'button button-quiet', onclick: leave }, 'Leave as it was'),
    el('button', { type: 'submit', class: 'button' }, 'Save')));
  box.value = item.body;
  form.addEventListener('submit', submit);
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') leave();
    if (event.key === 'Enter' && !event.shiftKey && event.target === box && !event.isComposing && event.keyCode !== 229) submit(event);
    event.stopPropagation();
  });
  hide(true);
  node.append(form);
  fit(box);
  box.focus();

  function submit(event) {
    event.preventDefault();
    const body = box.value.trim();
    const length = countCharacters(body);
    if (!body && !item.attachments?.length) return leave();
    if (length > limit) {
      error.textContent = tooLong(length, limit);
      return undefined;
    }
    leave();
    return body === item.body ? undefined : save(body);
  }

  function leave() {
    form.remove();
    hide(false);
    done();
  }

  function hide(hidden) {
    line.hidden = hidden;
    const fault = node.querySelector('.message-fault');
    if (fault) fault.hidden = hidden;
  }
}
