// What one sets for oneself alone: what one hears of, archive, hide; and the way out of a group.
import { icon, part, setText } from '../lib/dom.js';
import { ask, attempt } from './ask_dialog.js';
import { showToast } from '../components/toast.js';

const HINTS = {
  none: 'Either way it leaves the list until somebody writes. Archived, you still find it under Archived.',
  archived: 'It is archived, and comes back when somebody writes.',
  hidden: 'It is hidden, and comes back when somebody writes.',
};

const HEARD = {
  all: 'You are told of each new message.',
  mentions: 'You are told when somebody writes @ and your username.',
  nothing: 'Its messages do not count in the title, and make no noise.',
};

export class DetailsSettings {
  #conversation = null;

  constructor(root, store) {
    Object.assign(this, { root, store });
    this.level = part('level', root);
    this.archive = part('archive', root);
    this.fault = part('settings-error', root);
    this.level.addEventListener('change', () => this.#set({ notify: this.level.value }));
    this.archive.addEventListener('click', () => (this.#conversation.shelf ? this.#shelve(null) : this.#shelve('archived')));
    part('hide', root).addEventListener('click', () => this.#shelve('hidden'));
    part('leave-group', root).addEventListener('click', () => this.#leave());
  }

  reset() {
    setText(this.fault, '');
  }

  draw({ conversation }) {
    const { root, archive } = this;
    this.#conversation = conversation;
    part('settings', root).hidden = !conversation;
    if (!conversation) return;
    const { shelf, notify } = conversation;
    const label = shelf ? 'Back to the list' : 'Archive';
    this.level.value = notify;
    setText(part('level-hint', root), HEARD[notify]);
    if (archive.textContent !== label) archive.replaceChildren(icon(shelf ? 'list' : 'archive'), label);
    part('hide', root).hidden = Boolean(shelf);
    setText(part('shelf-hint', root), HINTS[shelf ?? 'none']);
  }

  #set(settings, { id } = this.#conversation) {
    return attempt(this.fault, () => this.store.setOwn(id, settings));
  }

  async #shelve(shelf) {
    const conversation = this.#conversation;
    const before = conversation.shelf ?? null;
    const name = this.store.title(conversation);
    this.archive.focus();
    if (!(await this.#set({ shelf })) || !shelf) return;
    const undo = async () => {
      if (!(await this.#set({ shelf: before }, conversation))) showToast(`“${name}” could not be put back. Please try again.`);
    };
    showToast(`“${name}” is ${shelf} until somebody writes.`, { label: 'Undo', act: undo });
  }

  async #leave() {
    const { id } = this.#conversation;
    const name = this.store.title(this.#conversation);
    const isDone = await ask({
      title: `Leave “${name}”?`,
      text: 'You will not get its messages any more. What was said stays with the others.',
      label: 'Leave group',
      act: () => this.store.leave(id),
    });
    if (isDone) showToast(`You left “${name}”.`);
  }
}
