import { get } from '../lib/api.js';
import { Strangers } from './strangers.js';

const LATE = 15000; // ms that an answer with an older name or picture may be on its way

/** The people loaded so far for the present query, in the server's order of names, without oneself. */
export class People {
  #users = [];
  #known = new Map(); // everybody ever seen here, by id
  #changed = new Map(); // id -> { user, at } of those who have another name or picture since
  #query = '';
  #search = null; // AbortController of the running request
  #strangers;
  next = null;
  newestId; // up to which all people were told to this page, here or further down the list
  newestChangeId; // up to which all of their changes were

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

  /** Remembers people met anywhere (members of conversations), for their names; puts those right that are old. */
  know(users) {
    for (const one of users) {
      const changed = this.#changed.get(one.id);
      if (changed && performance.now() - changed.at < LATE) Object.assign(one, changed.user);
      const { role, visible_from_seq: from, is_active: isActive, ...user } = one;
      this.#known.set(user.id, user);
    }
  }

  /** Somebody has another name or picture, as of `askedAt`; false where that was told before, or something newer. */
  change({ is_active: isActive = true, ...user }, askedAt = performance.now()) {
    const last = this.#changed.get(user.id);
    if (last && (last.at > askedAt || isSame(last.user, user))) return false;
    this.#changed.set(user.id, { user, at: performance.now() });
    this.#known.set(user.id, user);
    const at = this.#users.findIndex((one) => one.id === user.id);
    if (this.#query && at >= 0) this.#users = this.#users.with(at, user); // found by another name: it stays until the next search
    if (this.#query) return true;
    if (at >= 0) this.#users = this.#users.toSpliced(at, 1);
    if (isActive) this.add(user);
    return true;
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
    const at = this.#users.findIndex((one) => isAfter(one, user));
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

/** In the server's order. */
function isAfter(one, other) {
  const [key, otherKey] = [sortKey(one), sortKey(other)];
  return key === otherKey ? one.id > other.id : key > otherKey;
}

const sortKey = ({ display_name: name }) => name.toLowerCase().trim().replace(/\s+/g, ' ');

const isSame = (one, other) => one.display_name === other.display_name && one.avatar_url === other.avatar_url;
