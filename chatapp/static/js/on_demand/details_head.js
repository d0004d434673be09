// Whom or what the details are about, with the name of a group changed in its place.
import { paintAvatar } from '../lib/avatar.js';
import { part, setAttribute, setText } from '../lib/dom.js';
import { aboutUser, paintPresence } from '../lib/presence.js';
import { countCharacters } from '../lib/text.js';
import { attempt } from './ask_dialog.js';

const TITLE_MAX = 100;

export class DetailsHead {
  #conversation = null;

  constructor(root, store) {
    Object.assign(this, { root, store });
    this.form = part('rename-form', root);
    this.box = part('rename-box', root);
    this.fault = part('rename-error', root);
    part('rename', root).addEventListener('click', () => this.#edit());
    part('rename-stop', root).addEventListener('click', () => this.#leave());
    this.form.addEventListener('submit', (event) => this.#save(event));
    this.form.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault(); // it closes the form, not the panel
      this.#leave();
    });
  }

  reset() {
    this.#show(false);
  }

  draw({ conversation, user }) {
    const { store, root } = this;
    const isGroup = conversation?.kind === 'group';
    const name = user?.display_name ?? (conversation ? store.title(conversation) : '');
    const presence = user ? store.presence.of(user.id) : undefined;
    this.#conversation = conversation;
    paintPresence(part('details-avatar', root), presence);
    paintAvatar(part('details-avatar', root), name, { group: isGroup, url: user?.avatar_url });
    setText(part('details-name', root), name);
    setText(part('details-about', root), user ? aboutUser(user, presence) : '');
    part('rename', root).hidden = !isGroup;
  }

  #edit() {
    this.#show(true);
    this.box.value = this.#conversation.title ?? '';
    this.box.placeholder = this.store.title(this.#conversation);
    this.box.focus();
    this.box.select();
  }

  #leave() {
    this.#show(false);
    part('rename', this.root).focus();
  }

  #show(isEdited) {
    this.#say('');
    this.form.hidden = !isEdited;
    part('details-name-row', this.root).hidden = isEdited;
  }

  async #save(event) {
    event.preventDefault();
    const conversation = this.#conversation;
    const title = this.box.value.trim();
    const length = countCharacters(title);
    if (title === conversation.title) return this.#leave();
    if (!length || length > TITLE_MAX) {
      this.#say(length ? `That name is too long: ${length} of ${TITLE_MAX} characters.` : 'Type a name first.');
      return this.box.focus();
    }
    this.#busy(true);
    const isDone = await attempt(this.fault, () => this.store.rename(conversation.id, title)).finally(() => this.#busy(false));
    if (conversation.id !== this.#conversation?.id || this.form.hidden) return undefined;
    return isDone ? this.#leave() : this.box.focus();
  }

  #say(text) {
    setText(this.fault, text);
    setAttribute(this.box, 'aria-invalid', text ? 'true' : null);
  }

  #busy(isBusy) {
    const button = part('rename-save', this.root);
    button.disabled = isBusy;
    this.box.readOnly = isBusy;
    setText(button, isBusy ? 'Saving' : 'Save');
  }
}
