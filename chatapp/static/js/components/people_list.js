// The navigation: conversations, then the people one has none with, and what is archived; each stands there once.
import { el, part, perFrame } from '../lib/dom.js';
import { sameTarget } from './address.js';
import { ArchivedList } from './archived_list.js';
import { PeopleSection } from './people_section.js';
import { describeRow } from './person_row.js';

const MINUTE = 60000;

export class PeopleList {
  query = '';
  #found = []; // groups that the query finds
  #current = null;

  /** open(target); unsent() -> Map of row key -> its newest unsent message; drawn({isAlone}) after each pass */
  constructor(root, store, { open, unsent, drawn }) {
    Object.assign(this, { root, store, open, unsent, drawn });
    this.redraw = perFrame(() => this.draw());
    for (const type of ['conversations', 'people', 'unread', 'presence', 'typing']) store.on(type, this.redraw);
    setInterval(this.redraw, MINUTE); // "5 min" grows older
    root.addEventListener('click', (event) => this.#clicked(event));
    const about = { scroller: part('people-scroll', root), loaded: this.redraw, failed: (error) => store.report(error) };
    this.recent = new PeopleSection(root, 'recent', { ...about, load: () => store.loadMoreConversations(), seen: (ids) => store.presence.show('recent', ids) });
    this.others = new PeopleSection(root, 'others', { ...about, load: () => store.loadMorePeople(), seen: (ids) => store.presence.show('others', ids) });
    this.archived = new ArchivedList(root, store, { redraw: this.redraw });
  }

  select(target) {
    this.#current = target;
    this.redraw();
  }

  /** What a search has found: these groups, and the people whom the store now lists. */
  show(query, found) {
    this.query = query;
    this.#found = found;
    this.redraw();
  }

  draw() {
    const { store, query } = this;
    const shown = { store, unsent: this.unsent(), isCurrent: (row) => this.#isCurrent(row) };
    const recent = this.#conversations();
    const others = this.#people(recent);
    this.recent.draw(recent.map((conversation) => describeRow(store, conversation)), shown,
      { heading: 'Conversations', hasMore: !query && store.moreConversations });
    this.others.draw(others, shown, { heading: query ? 'People found' : 'People', hasMore: store.morePeople });
    this.archived.draw(shown, Boolean(query));
    this.#drawEmpty(recent.length > 0, others.length > 0);
    this.drawn({ isAlone: !query && !recent.length && !others.length && !store.archived().length });
  }

  #conversations() {
    const { store, query } = this;
    return query ? this.#found.map((conversation) => store.conversation(conversation.id)).filter(Boolean) : store.conversations();
  }

  #people(recent) {
    const { store, query } = this;
    const listed = new Set([...recent, ...this.archived.conversations()].map((conversation) => store.partnerOf(conversation)?.id));
    return store.people()
      .filter((user) => user.id !== store.me.id && (query || !listed.has(user.id)))
      .map((user) => describeRow(store, query ? store.directWith(user.id) : undefined, user));
  }

  #isCurrent(row) {
    const current = this.#current;
    return Boolean(current) && (sameTarget(row.target, current) || (row.userId !== undefined && row.userId === current.userId));
  }

  #drawEmpty(hasConversations, hasPeople) {
    const { store, query } = this;
    const words = [];
    if (hasPeople && !hasConversations && !query) words.push(el('p', {}, 'No conversations yet. Pick someone below, or make a group.'));
    else if (!hasPeople && !hasConversations && query) words.push(el('p', {}, `Nobody here is called “${query}”, and no group either. Try a part of the name.`));
    else if (!hasPeople && !query && !store.morePeople && !hasConversations) {
      words.push(el('p', {}, 'No one else is here yet. Share this address so that others can sign up:'), el('code', {}, `${location.origin}/signup`));
    }
    const box = part('people-empty', this.root);
    box.hidden = !words.length;
    box.replaceChildren(...words);
  }

  /** In place, unless the reader asked the browser for a tab or window of its own. */
  #clicked(event) {
    const link = event.target.closest('a.person');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.open(link.target_);
  }
}
