// Choosing people by name. The focus stays in the box; the list is moved through from there (combobox with a listbox).
import { perFrame } from '../lib/dom.js';
import { plural } from '../lib/text.js';
import { PeopleQuery } from './people_query.js';
import { PickerView } from './picker_view.js';

const PAUSE_MS = 150;
const NEAR_END = 200; // px

export class PeoplePicker {
  #picked = new Map(); // id -> user
  #active = null; // id of the person that Enter picks
  #timer = 0;

  /** Fills `root`, an empty element. `changed()` after each pick; `exclude()` -> ids of those not to be offered. */
  constructor(root, store, { changed = () => {}, exclude = () => new Set() } = {}) {
    Object.assign(this, { store, changed, exclude });
    this.query = new PeopleQuery(store, (about) => this.#answered(about));
    this.view = new PickerView(root);
    this.redraw = perFrame(() => this.#draw());
    this.#listen(this.view);
  }

  get picked() {
    return [...this.#picked.values()];
  }

  clear() {
    this.#picked.clear();
    this.query.forget();
    this.#empty();
    this.#draw();
    this.view.reset();
    this.changed();
  }

  focus() {
    this.view.box.focus();
    this.#search();
  }

  #listen({ box, field, list, retry }) {
    box.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(), PAUSE_MS);
    });
    box.addEventListener('keydown', (event) => event.isComposing || this.#key(event));
    field.addEventListener('click', ({ target }) => {
      this.#unpick(this.#picked.get(this.view.chipAt(target)));
      box.focus();
    });
    list.addEventListener('mousedown', (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener('click', ({ target }) => this.#toggle(this.view.optionAt(target)));
    list.addEventListener('scroll', () => this.#loadMore());
    retry.addEventListener('click', () => this.query.retry());
  }

  get #words() {
    return this.view.box.value.trim();
  }

  /** Resolves with whether the list shows whom the words in the box find. */
  #search() {
    clearTimeout(this.#timer);
    const answer = this.query.ask(this.#words);
    this.view.busy(this.query.isLoading);
    return answer;
  }

  #answered({ isMore }) {
    if (!isMore) this.#active = this.#words ? this.#shown[0]?.id : null;
    this.view.busy(false);
    this.#draw();
    if (!isMore) this.view.list.scrollTop = 0;
    this.#loadMore();
  }

  /** Further pages come as the end of the list comes near. */
  #loadMore() {
    const { scrollHeight, scrollTop, clientHeight } = this.view.list;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END) this.query.more();
  }

  get #shown() {
    const left = this.exclude();
    return this.query.users.filter((user) => !left.has(user.id));
  }

  #draw() {
    const { fault, isLoading, next } = this.query;
    const users = this.#shown;
    const isEmpty = !users.length && !isLoading && !next;
    const words = this.#words ? `Nobody is called “${this.#words}”. Try a part of the name.` : 'There is nobody else to pick.';
    this.view.draw({ picked: this.#picked, users, note: fault ? fault.error.message : isEmpty ? words : '', canRetry: Boolean(fault) });
    this.view.activate(this.#active);
  }

  #key(event) {
    const { value } = this.view.box;
    const act = {
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
      Enter: () => this.#enter(),
      Escape: value && (() => this.#empty()),
      Backspace: !value && (() => this.#unpick(this.picked.at(-1))),
    }[event.key];
    if (!act) return;
    event.preventDefault(); // Enter must not send the form, nor Escape close the dialog
    act();
  }

  #move(step) {
    const ids = this.#shown.map((user) => user.id);
    const at = ids.indexOf(this.#active);
    const next = at < 0 && step < 0 ? ids.length - 1 : at + step;
    this.#active = ids[Math.max(0, Math.min(next, ids.length - 1))];
    this.view.activate(this.#active, { scroll: true });
  }

  /** Picks whom the words find, also before the answer is there. */
  async #enter() {
    if (this.#words && !(await this.#search())) return;
    this.#toggle(this.#active);
  }

  #toggle(id) {
    const user = this.#shown.find((one) => one.id === id);
    if (!user) return;
    if (this.#picked.has(user.id)) return this.#unpick(user);
    this.#picked.set(user.id, user);
    this.#tell(`${user.display_name} picked`);
    if (this.view.box.value) this.#empty();
  }

  #unpick(user) {
    if (user && this.#picked.delete(user.id)) this.#tell(`${user.display_name} removed`);
  }

  #tell(what) {
    const count = this.#picked.size;
    this.#draw();
    this.view.say(`${what}, ${count} ${plural(count, 'person', 'people')} picked`);
    this.changed();
  }

  #empty() {
    this.view.box.value = '';
    this.#search();
  }
}
