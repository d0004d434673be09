// Who is writing in the open conversation, on a line of its own that is always there.
import { el, part } from '../lib/dom.js';

export class TypingLine {
  #text = null;

  constructor(root, store) {
    this.node = part('typing', root);
    this.store = store;
  }

  /** conversation: undefined where there is none yet. */
  show(conversation) {
    const text = conversation ? sayTyping(this.store, conversation) : '';
    if (text === this.#text) return;
    this.#text = text;
    const dots = el('span', { class: 'typing-dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
    this.node.replaceChildren(...(text ? [dots, el('span', { dir: 'auto' }, text)] : []));
  }
}

/** "Ann is typing…", or nothing; just "Typing…" where it is clear who. */
export function sayTyping(store, { id }, { isNamed = true } = {}) {
  const names = store.typists.of(id).map((userId) => store.userById(userId)?.display_name ?? 'Someone');
  if (names.length && !isNamed) return 'Typing…';
  if (names.length > 2) return 'Several people are typing…';
  return names.length ? `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} typing…` : '';
}
