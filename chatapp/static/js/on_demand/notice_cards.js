// A card in the corner of the page tells what another conversation says: one for each, gone after a moment.
import { paintAvatar } from '../lib/avatar.js';
import { el, icon, setText } from '../lib/dom.js';
import { formatNumber } from '../lib/time.js';

const SHOWN_MS = 6000;
const MOST = 3;

export class NoticeCards {
  #cards = new Map(); // conversation id -> { node, timer, seq }
  #root = null;

  /** open(target): shows the conversation; leave(): where the focus goes when a card that had it is waved away. */
  constructor({ open, leave }) {
    Object.assign(this, { open, leave });
  }

  /** about: { id, seq, name, isGroup, avatarUrl, line, count, path } */
  show(about) {
    this.#root ??= this.#makeRoot();
    const card = this.#cards.get(about.id) ?? this.#add(about);
    card.seq = about.seq;
    setText(card.node.querySelector('.news-name'), about.name);
    setText(card.node.querySelector('.news-line'), about.line);
    const count = card.node.querySelector('.news-count');
    count.hidden = about.count < 2;
    setText(count, about.count < 2 ? '' : `${formatNumber(about.count)} new`);
    paintAvatar(card.node.querySelector('.avatar'), about.name, { group: about.isGroup, url: about.avatarUrl });
    this.#goLater(about.id);
  }

  /** Takes the card of a conversation away, if what it tells is not newer than `seq`. */
  close(id, seq = Infinity) {
    const card = this.#cards.get(id);
    if (!card || card.seq > seq) return;
    clearTimeout(card.timer);
    this.#cards.delete(id);
    if (card.node.contains(document.activeElement)) this.leave();
    card.node.remove();
    this.#root.hidden = !this.#cards.size;
  }

  closeAll() {
    for (const id of [...this.#cards.keys()]) this.close(id);
  }

  #makeRoot() {
    const root = el('aside', { class: 'news', 'aria-label': 'New messages' });
    document.body.append(root);
    return root;
  }

  #add({ id, path }) {
    const link = el('a', { class: 'news-link', href: path, onclick: (event) => this.#follow(event, id) },
      el('span', { class: 'avatar', 'aria-hidden': 'true' }),
      el('span', { class: 'news-text' },
        el('span', { class: 'news-top' }, el('span', { class: 'news-name', dir: 'auto' }), el('span', { class: 'news-count' })),
        el('span', { class: 'news-line', dir: 'auto' })));
    const close = el('button', { type: 'button', class: 'icon-button', 'aria-label': 'Dismiss', title: 'Dismiss', onclick: () => this.close(id) },
      icon('close'));
    const node = el('div', {
      class: 'news-card',
      onpointerenter: () => clearTimeout(this.#cards.get(id)?.timer),
      onpointerleave: () => this.#goLater(id),
      onfocusin: () => clearTimeout(this.#cards.get(id)?.timer),
      onfocusout: () => this.#goLater(id),
      onkeydown: (event) => event.key === 'Escape' && this.close(id),
    }, link, close);
    const card = { node, timer: 0, seq: 0 };
    this.#cards.set(id, card);
    this.#root.hidden = false;
    this.#root.prepend(node);
    const old = [...this.#cards].filter(([, one]) => !one.node.matches(':focus-within'));
    if (this.#cards.size > MOST) this.close(old[0][0]);
    return card;
  }

  #follow(event, id) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.close(id);
    this.open({ conversationId: id });
  }

  /** It stays as long as somebody is at it. */
  #goLater(id) {
    const card = this.#cards.get(id);
    if (!card) return;
    clearTimeout(card.timer);
    card.timer = setTimeout(() => card.node.matches(':hover, :focus-within') || this.close(id), SHOWN_MS);
  }
}
