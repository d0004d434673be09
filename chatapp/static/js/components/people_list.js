// The navigation: recent conversations, then everyone else; each person stands there once.
import { el, part, perFrame, reconcile, setText } from '../lib/dom.js';
import { sameTarget } from './address.js';
import { describeRow, makePersonRow, updatePersonRow } from './person_row.js';

const MINUTE = 60000;

export class PeopleList {
  query = '';
  #current = null;
  #recentNodes = new Map();
  #otherNodes = new Map();

  /** open(target); unsent() -> Map of row key -> number of unsent messages; drawn({isAlone}) after each pass */
  constructor(root, store, { open, unsent, drawn }) {
    Object.assign(this, { root, store, open, unsent, drawn });
    this.redraw = perFrame(() => this.draw());
    store.on('conversations', this.redraw);
    store.on('people', this.redraw);
    store.on('unread', this.redraw);
    setInterval(this.redraw, MINUTE); // "5 min" grows older
    root.addEventListener('click', (event) => this.#clicked(event));
    this.#pageOn(part('more-recent', root), () => store.loadMoreConversations());
    this.#pageOn(part('more-others', root), () => store.loadMorePeople());
  }

  select(target) {
    this.#current = target;
    this.redraw();
  }

  draw() {
    const { store, query } = this;
    const conversations = query ? [] : store.conversations();
    const recent = conversations.map((conversation) => describeRow(store, conversation));
    const listed = new Set(conversations.map((conversation) => store.partnerOf(conversation)?.id));
    const others = store.people()
      .filter((user) => user.id !== store.me.id && !listed.has(user.id))
      .map((user) => describeRow(store, query ? store.directWith(user.id) : undefined, user));
    this.#drawRows('recent', recent, this.#recentNodes);
    this.#drawRows('others', others, this.#otherNodes);
    part('more-recent', this.root).hidden = Boolean(query) || !store.moreConversations;
    part('more-others', this.root).hidden = !store.morePeople;
    setText(part('others-heading', this.root), query ? 'People found' : recent.length ? 'Everyone else' : 'Everyone');
    this.#drawEmpty(!recent.length && !others.length);
    this.drawn({ isAlone: !query && !recent.length && !others.length });
  }

  #drawRows(name, rows, nodes) {
    const { store, root } = this;
    const list = part(name, root);
    const unsent = this.unsent();
    list.hidden = !rows.length;
    part(`${name}-heading`, root).hidden = !rows.length;
    reconcile(list, rows, nodes, makePersonRow, (node, row) => {
      node.firstElementChild.target_ = row.target;
      updatePersonRow(node, row, { store, current: this.#isCurrent(row), unsent: unsent.has(row.key) });
    });
  }

  #isCurrent(row) {
    const current = this.#current;
    return Boolean(current) && (sameTarget(row.target, current) || (row.userId !== undefined && row.userId === current.userId));
  }

  #drawEmpty(empty) {
    const box = part('people-empty', this.root);
    box.hidden = !empty;
    if (!empty) return;
    if (this.query) box.replaceChildren(el('p', {}, `Nobody here is called “${this.query}”. Try a part of the name.`));
    else box.replaceChildren(el('p', {}, 'No one else is here yet. Share this address so that others can sign up:'), el('code', {}, `${location.origin}/signup`));
  }

  /** In place, unless the reader asked the browser for a tab or window of its own. */
  #clicked(event) {
    const link = event.target.closest('a.person');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.open(link.target_);
  }

  /** Loads the next page when its button comes into sight; the button stays for those who press it. */
  #pageOn(button, load) {
    const next = async () => {
      if (button.disabled) return;
      button.disabled = true;
      try {
        await load();
      } finally {
        button.disabled = false;
        this.redraw();
      }
    };
    button.addEventListener('click', next);
    new IntersectionObserver(([entry]) => entry.isIntersecting && next(), { root: part('people-scroll', this.root), rootMargin: '200px 0px' }).observe(button);
  }
}
