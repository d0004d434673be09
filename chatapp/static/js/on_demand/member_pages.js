// The members of a group as far as they are loaded: those that come with it, and further pages of a large one.

const PAUSE_MS = 150;

export class MemberPages {
  query = '';
  isLoading = false;
  #conversation = null;
  #pages = null; // users of the pages asked for; null: what comes with the conversation is enough
  #next = null;
  #stamp = '';
  #line = 0; // seq of the last system line: it may tell of somebody further down
  #asked = 0; // counts, so that an older answer is known as such
  #timer = 0;

  constructor(store, { changed, failed }) {
    Object.assign(this, { store, changed, failed });
  }

  get users() {
    if (this.#pages) return this.#pages;
    const members = this.#conversation?.members ?? [];
    return this.query ? members.filter((user) => startsWith(user, this.query)) : members;
  }

  get hasMore() {
    return this.#pages ? this.#next !== null : this.#isLarge && !this.query;
  }

  get #isLarge() {
    const { members, member_count: count } = this.#conversation;
    return count > members.length;
  }

  reset() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    Object.assign(this, { query: '', isLoading: false });
    this.#pages = null;
    this.#conversation = null;
  }

  /** The conversation as it is by now; after somebody's coming or going the pages are read again. */
  take(conversation) {
    this.#conversation = conversation;
    const { members, last_message: last } = conversation;
    if (last?.kind === 'system') this.#line = last.seq;
    const stamp = `${this.#line} ${members.map((user) => `${user.id}${user.role}`)}`;
    if (stamp !== this.#stamp) this.again();
    this.#stamp = stamp;
  }

  search(query) {
    this.query = query;
    clearTimeout(this.#timer);
    if (this.#isLarge || this.#pages) this.#timer = setTimeout(() => this.#first(), PAUSE_MS);
    else this.changed();
  }

  again() {
    if (!this.#pages) return;
    if (this.#isLarge) this.#first(this.#pages.length);
    else this.#pages = null;
  }

  async more() {
    if (!this.#pages) await this.#first(this.#conversation.members.length + 1);
    else await this.#load([...this.#pages], this.#next, this.#pages.length + 1);
  }

  #first(atLeast = 1) {
    return this.#load([], undefined, atLeast);
  }

  /** Reads on from `after` until there are so many. */
  async #load(users, after, atLeast) {
    const asked = (this.#asked += 1);
    const { id } = this.#conversation;
    this.isLoading = true;
    this.failed('');
    try {
      let next = after;
      do {
        const page = await this.store.membersPage(id, { q: this.query, after: next });
        if (asked !== this.#asked) return;
        users.push(...page.members);
        next = page.next;
      } while (next && users.length < atLeast);
      this.#pages = users;
      this.#next = next;
    } catch (error) {
      if (asked === this.#asked) this.failed(error.message);
      if (!error.code) throw error;
    } finally {
      if (asked === this.#asked) this.isLoading = false;
    }
    this.changed();
  }
}

/** As the server's search does: the start of the username, the name, or a word of it. */
function startsWith({ username, display_name: name }, query) {
  const start = query.toLocaleLowerCase();
  const folded = name.toLocaleLowerCase();
  return [username.toLocaleLowerCase(), folded, ...folded.split(/\s+/)].some((text) => text.startsWith(start));
}
