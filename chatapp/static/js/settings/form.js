// A form of the settings: saved in its place, and never left by accident with something unsaved in it.
import { el, part, setAttribute, setText } from '../lib/dom.js';
import { Refusal, post } from './post.js';

export class SettingsForm {
  #saved;

  /** `saved(answer)` is told after each success. */
  constructor(form, { saved = () => {} } = {}) {
    Object.assign(this, { form, saved });
    this.button = form.querySelector('[type="submit"]');
    this.isPassword = form.querySelector('[type="password"]') !== null; // browsers fill those in by themselves
    this.#saved = this.#content();
    form.addEventListener('submit', (event) => this.#submit(event));
    for (const type of ['input', 'change']) form.addEventListener(type, () => this.#changed());
    this.#changed();
  }

  get isDirty() {
    return !this.isPassword && this.#content() !== this.#saved;
  }

  #content() {
    return new URLSearchParams([...new FormData(this.form)].filter(([name]) => name !== 'csrf_token')).toString();
  }

  #changed() {
    const { isDirty } = this;
    part('unsaved', this.form).hidden = !isDirty;
    if (isDirty) setText(part('said', this.form), '');
  }

  async #submit(event) {
    event.preventDefault();
    if (this.button.disabled) return;
    const content = this.#content();
    this.#show('', {});
    this.#busy(true);
    try {
      const answer = await post(this.form.action, new FormData(this.form));
      this.#saved = content;
      if (this.isPassword) this.form.reset();
      this.#changed();
      setText(part('said', this.form), answer.saved);
      this.saved(answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#show(error.message, error.fields);
    } finally {
      this.#busy(false);
    }
  }

  #busy(isBusy) {
    this.button.disabled = isBusy;
    setAttribute(this.form, 'aria-busy', isBusy ? 'true' : null);
    if (!isBusy && document.activeElement === document.body) this.button.focus(); // it lost the focus when it was disabled
  }

  #show(message, fields) {
    setText(part('said', this.form), '');
    setText(part('fault', this.form), message);
    let first = null;
    for (const field of this.form.querySelectorAll(':is(input, select)[id]')) {
      const fault = fields[field.id] ?? '';
      const line = document.getElementById(`${field.id}-error`) ?? (fault && makeLine(field));
      if (!line) continue;
      setText(line, fault);
      setAttribute(field, 'aria-invalid', fault ? 'true' : null);
      if (fault) first ??= field;
    }
    first?.focus();
  }
}

function makeLine(field) {
  const line = el('p', { class: 'field-error', id: `${field.id}-error` });
  field.closest('.field').append(line);
  setAttribute(field, 'aria-describedby', [line.id, field.getAttribute('aria-describedby')].filter(Boolean).join(' '));
  return line;
}
