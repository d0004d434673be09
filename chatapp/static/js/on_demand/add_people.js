// Adding people to a group, with the choice of what they may read.
import { part, setText } from '../lib/dom.js';
import { attempt } from './ask_dialog.js';
import { PeoplePicker } from './people_picker.js';

export class AddPeople {
  #conversation = null;
  #present = new Set();

  constructor(store) {
    this.store = store;
    this.dialog = part('add-dialog');
    this.form = part('add-form');
    this.fault = part('add-error');
    this.go = part('add-go');
    this.picker = new PeoplePicker(part('add-picker'), store, { changed: () => this.#changed(), exclude: () => this.#present });
    part('add-stop').addEventListener('click', () => this.dialog.close());
    this.form.addEventListener('submit', (event) => this.#save(event));
  }

  /** present: the ids of those who are in it. */
  open(conversation, present) {
    this.#conversation = conversation;
    this.#present = present;
    setText(this.fault, '');
    this.form.reset();
    this.picker.clear();
    this.#changed();
    this.dialog.showModal();
    this.picker.focus();
  }

  #changed() {
    this.go.disabled = !this.picker.picked.length;
  }

  async #save(event) {
    event.preventDefault();
    const ids = this.picker.picked.map((user) => user.id);
    if (!ids.length) return;
    const { id } = this.#conversation;
    this.go.disabled = true;
    const isDone = await attempt(this.fault, () => this.store.addMembers(id, ids, this.form.elements.history.value))
      .finally(() => this.#changed());
    if (isDone) this.dialog.close();
  }
}
