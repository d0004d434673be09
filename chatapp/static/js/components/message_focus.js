// Keys in the list of messages: Tab leads to the one in sight, arrows from one to the next, Enter to what can be done.

export class MessageFocus {
  #current = null; // the one that Tab leads to

  /** open(node): its menu; leave(): back to where one writes. */
  constructor(list, { open, leave }) {
    Object.assign(this, { list, open, leave });
    list.rows.addEventListener('focusin', (event) => this.#take(event.target.closest('article')));
    list.scroller.addEventListener('keydown', (event) => (event.key === 'Tab' ? this.#tabbed(event) : this.#pressed(event)));
  }

  /** After each pass: Tab must never lead away from what is being read. */
  settle() {
    const { rows, keeper } = this.list;
    if (rows.contains(document.activeElement)) return;
    const last = keeper.following ? rows.lastElementChild : keeper.lastVisible();
    this.#take(last?.matches('article') ? last : next(last, 'previousElementSibling'));
  }

  #take(node) {
    if (!node || node === this.#current) return;
    this.#current?.setAttribute('tabindex', '-1');
    this.#current = node;
    node.setAttribute('tabindex', '0');
  }

  #pressed(event) {
    const { scroller, rows } = this.list;
    const node = event.target;
    if (node === scroller && event.key === 'Enter') this.#current?.focus({ preventScroll: true });
    if (!node.matches('.message') || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = {
      ArrowUp: () => next(node, 'previousElementSibling'),
      ArrowDown: () => next(node, 'nextElementSibling'),
      Home: () => rows.querySelector('article'),
      End: () => (this.list.timeline.hasNewer ? scroller : next(rows.lastElementChild, 'previousElementSibling', true)),
    }[event.key];
    const isMenu = ['Enter', 'ContextMenu'].includes(event.key) || (event.key === 'F10' && event.shiftKey);
    if (!to && !isMenu && event.key !== 'Escape') return;
    event.preventDefault();
    if (to) show(to());
    else if (isMenu) this.open(node);
    else this.leave();
  }

  /** Between the log and the message in sight there are links, pictures and files of all the others: past them. */
  #tabbed(event) {
    const { scroller } = this.list;
    const to = event.shiftKey ? event.target.matches('.message') && scroller : event.target === scroller && this.#current?.isConnected && this.#current;
    if (!to) return;
    event.preventDefault();
    to.focus({ preventScroll: true });
  }
}

function next(node, direction, orItself = false) {
  let one = orItself ? node : node?.[direction];
  while (one && !one.matches('article')) one = one[direction];
  return one;
}

function show(node) {
  node?.focus({ preventScroll: true });
  if (node?.matches('article')) node.scrollIntoView({ block: 'nearest' });
}
