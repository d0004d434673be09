// What a picker of people looks like: chips and box, the list below, a line for what there is to say.
import { paintAvatar } from '../lib/avatar.js';
import { el, icon, reconcile, setAttribute, setText } from '../lib/dom.js';

const HINT = 'Find people';
let made = 0;

export class PickerView {
  #chips = new Map();
  #options = new Map();

  constructor(root) {
    const id = `picker-${(made += 1)}`;
    this.chips = el('ul', { class: 'picker-chips', 'aria-label': 'Picked people' });
    this.box = el('input', {
      'class': 'picker-input', 'type': 'text', 'role': 'combobox', 'aria-label': HINT, 'placeholder': HINT, 'maxlength': 64,
      'autocomplete': 'off', 'autocapitalize': 'none', 'spellcheck': 'false', 'aria-autocomplete': 'list', 'aria-controls': id,
    });
    this.field = el('div', { class: 'picker-box' }, this.chips, this.box);
    this.list = el('ul', { id, 'class': 'picker-list', 'role': 'listbox', 'aria-multiselectable': 'true', 'aria-label': 'People' });
    this.note = el('span', { role: 'status' });
    this.retry = el('button', { class: 'button-plain', type: 'button' }, 'Try again');
    this.said = el('p', { class: 'visually-hidden', role: 'status' });
    root.classList.add('picker');
    root.append(this.field, this.list, el('p', { class: 'picker-note' }, this.note, this.retry), this.said);
    this.draw({ picked: new Map(), users: [], note: '', canRetry: false });
  }

  draw({ picked, users, note, canRetry }) {
    this.chips.hidden = !picked.size;
    this.list.hidden = !users.length;
    reconcile(this.chips, [...picked.values()].map(toRow), this.#chips, makeChip, updateChip);
    reconcile(this.list, users.map(toRow), this.#options, (row) => makeOption(row, this.list.id), (node, { user }) => {
      updateOption(node, user);
      setAttribute(node, 'aria-selected', String(picked.has(user.id)));
    });
    setAttribute(this.box, 'aria-expanded', String(users.length > 0));
    setAttribute(this.box, 'placeholder', picked.size ? 'Add another' : HINT);
    setText(this.note, note);
    this.retry.hidden = !canRetry;
    this.note.parentNode.hidden = !note;
  }

  /** Marks the option of `id` as the one that Enter acts on; none where there is no such. */
  activate(id, { scroll = false } = {}) {
    const option = this.#options.get(id);
    if (this.active !== option) this.active?.removeAttribute('data-active');
    option?.setAttribute('data-active', '');
    setAttribute(this.box, 'aria-activedescendant', option?.id);
    if (scroll) option?.scrollIntoView({ block: 'nearest' });
    this.active = option;
  }

  busy(isBusy) {
    setAttribute(this.list, 'aria-busy', isBusy ? 'true' : null);
  }

  /** For screen readers; the end of the chips, where the box is, comes into sight. */
  say(text) {
    setText(this.said, text);
    this.field.scrollTop = this.field.scrollHeight;
  }

  reset() {
    this.say('');
    this.list.scrollTop = 0;
  }

  optionAt(target) {
    return idOf(target.closest('[role="option"]'));
  }

  chipAt(target) {
    return idOf(target.closest('.chip'));
  }
}

const toRow = (user) => ({ key: user.id, user });
const idOf = (node) => (node ? Number(node.dataset.id) : null);

function makeChip({ key }) {
  return el('li', {}, el('button', { class: 'chip', type: 'button', dataset: { id: key } },
    el('span', { class: 'avatar', 'aria-hidden': 'true' }), el('span', { class: 'chip-name', dir: 'auto' }), icon('close')));
}

function updateChip(node, { user: { display_name: name, avatar_url: url } }) {
  const [chip] = node.children;
  paintAvatar(chip.children[0], name, { url });
  setText(chip.children[1], name);
  setAttribute(chip, 'aria-label', `Remove ${name}`);
}

function makeOption({ key }, listId) {
  return el('li', { class: 'picker-option', role: 'option', id: `${listId}-${key}`, dataset: { id: key } },
    el('span', { class: 'avatar', 'aria-hidden': 'true' }),
    el('span', { class: 'picker-name', dir: 'auto' }),
    el('span', { class: 'picker-username', dir: 'auto' }),
    el('span', { class: 'picker-mark', 'aria-hidden': 'true' }, icon('check')));
}

/** The username tells apart those who share a name; where it is the name, it says nothing. */
function updateOption(node, { display_name: name, avatar_url: url, username }) {
  paintAvatar(node.children[0], name, { url });
  setText(node.children[1], name);
  setText(node.children[2], username === name ? '' : `@${username}`);
}
