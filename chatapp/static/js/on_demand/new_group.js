// The dialog that makes a group; with one person and no name it leads to the chat with that person.
import { part, setAttribute, setText } from '../lib/dom.js';
import { countCharacters } from '../lib/text.js';
import { formatNumber } from '../lib/time.js';
import { GroupOffer } from './group_offer.js';
import { PeoplePicker } from './people_picker.js';

const MOST = 100; // characters of a name
const COUNTED_FROM = 80;

export class NewGroup {
  #work = null; // what is under way; another one when the dialog was closed meanwhile

  /** open(target): shows what was made or picked. */
  constructor(store, { open }) {
    Object.assign(this, { store, open });
    this.dialog = part('group-dialog');
    this.name = part('group-name');
    this.create = part('group-create');
    this.picker = new PeoplePicker(part('group-people'), store, { changed: () => this.#changed() });
    this.offer = new GroupOffer(store, { open: (conversation) => this.#leave({ conversationId: conversation.id }) });
    this.#listen();
  }

  show() {
    if (this.dialog.open) return;
    this.name.value = '';
    this.picker.clear();
    this.dialog.showModal();
    this.picker.focus();
  }

  #listen() {
    this.name.addEventListener('input', () => this.#changed());
    this.dialog.addEventListener('close', () => this.#setWork(null));
    for (const name of ['group-cancel', 'group-close']) part(name).addEventListener('click', () => this.dialog.close());
    part('group-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  get #title() {
    return this.name.value.replace(/\s+/g, ' ').trim();
  }

  get #isDirect() {
    return this.picker.picked.length === 1 && !this.#title;
  }

  #changed() {
    const { picked } = this.picker;
    this.offer.ask(this.#isDirect ? [] : picked.map((user) => user.id), Boolean(this.#title));
    const length = countCharacters(this.#title);
    setText(part('group-count'), length < COUNTED_FROM ? '' : `${formatNumber(length)} of ${MOST} characters`);
    this.#setError(length > MOST ? 'That name is too long.' : '');
    setText(part('group-next'), this.#nextWords(picked));
    this.#showButton();
  }

  #nextWords(picked) {
    if (!picked.length) return 'Pick one person to chat, or several to make a group.';
    if (this.#isDirect) return `This opens your chat with ${picked[0].display_name}.`;
    return 'The group appears in everybody’s list at once. People can be added later.';
  }

  #showButton() {
    const { create, picker } = this;
    const isBusy = this.#work !== null;
    create.disabled = isBusy || !picker.picked.length || countCharacters(this.#title) > MOST;
    setAttribute(create, 'aria-busy', isBusy ? 'true' : null);
    setText(create, isBusy ? 'Creating…' : this.#isDirect ? 'Start chat' : 'Create group');
  }

  #setError(text) {
    setText(part('group-error'), text);
    setAttribute(this.name, 'aria-invalid', countCharacters(this.#title) > MOST ? 'true' : null);
  }

  #setWork(work) {
    this.#work = work;
    this.#showButton();
  }

  async #submit() {
    const { picked } = this.picker;
    if (this.create.disabled) return;
    if (this.#isDirect) return this.#leave({ userId: picked[0].id, username: picked[0].username });
    const work = {};
    this.#setError('');
    this.#setWork(work);
    try {
      const { id } = await this.store.createGroup({ title: this.#title || null, userIds: picked.map((user) => user.id) });
      if (work === this.#work) this.#leave({ conversationId: id }); // else it was closed: the list shows the group
    } catch (error) {
      if (work !== this.#work) return this.store.report(error);
      this.#setError(error.message);
      this.#setWork(null);
      if (document.activeElement === document.body) this.create.focus(); // it lost the focus when it was disabled
    }
  }

  #leave(target) {
    this.dialog.close();
    this.open(target);
  }
}
