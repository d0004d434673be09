import { get } from '../lib/api.js';
import { Strangers } from './strangers.js';

/** The people loaded so far for the present query, in the server's order of names, without oneself. */
export class People {
  #users = [];
  #known = new Map(); // everybody ever seen here, by id
  #query = '';
  #search = null; // AbortController of the running request
  #strangers;
  next = null;
  newestId; // up to which all people were told to this page, here or further down the list

  constructor({ myId, changed }) {
    Object.assign(this, { myId, changed });
    this.#strangers = new Strangers({ met: (users) => this.#met(users), failed: changed });
  }

  list() {
    return this.#users;
  }

  /** Somebody by id; undefined when not known yet: 'changed' follows when they are. */
  get(id) {
    const user = this.#known.get(id);
    if (!user) this.#strangers.want(id);
    return user;
  }

  /** Remembers people met anywhere (members of conversations), for their names. */
  know(users) {
    for (const { role, visible_from_seq: from, ...user } of users) this.#known.set(user.id, user);
  }

  /** Shows a page as the whole of the present query. */
  show({ users, next }) {
    this.#users = [];
    this.#append(users);
    this.next = next;
    this.changed();
  }

  async search(query) {
    this.#search?.abort();
    const search = (this.#search = new AbortController());
    this.#query = query.trim();
    const page = await this.#page(null, search.signal);
    if (search === this.#search) this.show(page);
  }

  async loadMore() {
    if (!this.next) return;
    const search = (this.#search ??= new AbortController());
    const asked = this.next;
    const page = await this.#page(asked, search.signal);
    if (search !== this.#search || this.next !== asked) return;
    this.#append(page.users);
    this.next = page.next;
    this.changed();
  }

  /** Someone signed up: put where the name belongs, if that place is loaded. */
  add(user) {
    this.know([user]);
    if (user.id === this.myId || this.#query || this.#users.some((one) => one.id === user.id)) return;
    const name = user.display_name.toLocaleLowerCase();
    const at = this.#users.findIndex((one) => one.display_name.toLocaleLowerCase() > name);
    if (at === -1 && this.next) return;
    this.#users = at === -1 ? [...this.#users, user] : this.#users.toSpliced(at, 0, user);
    this.changed();
  }

  /** Those who signed up while nobody listened. */
  take({ users, newest_user_id: newestId }) {
    for (const user of users) this.add(user);
    this.newestId = newestId;
  }

  #met(users) {
    this.know(users);
    this.changed();
  }

  #append(users) {
    this.know(users);
    const shown = new Set(this.#users.map((user) => user.id));
    const fresh = users.filter((user) => user.id !== this.myId && !shown.has(user.id));
    this.#users = [...this.#users, ...fresh];
  }

  #page(after, signal) {
    const query = new URLSearchParams({ q: this.#query, limit: 50 });
    if (after) query.set('after', after);
    return get(`/api/users?${query}`, { signal });
  }
}
