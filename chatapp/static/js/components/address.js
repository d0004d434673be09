// Between the page's address and what is open: {conversationId, seq?}, {userId, username} or null for the home page.

const HOME = '/chat';
const PERMALINK = /^\/chat\/(\d{1,16})\/(\d{1,16})$/;

export function pathOf(target) {
  if (!target) return HOME;
  if (!target.conversationId) return `${HOME}/with/${encodeURIComponent(target.username)}`;
  return `${HOME}/${target.conversationId}${target.seq ? `/${target.seq}` : ''}`;
}

/** What is open at the start, from the server's own reading of the address. */
export function targetOfBoot({ open }) {
  if (!open) return null;
  if (!open.conversation) return { userId: open.user.id, username: open.user.username };
  return { conversationId: open.conversation.id, seq: open.seq };
}

/** The message that an address of this site names, or null. */
export function permalinkOf(href) {
  const url = URL.canParse?.(href) ? new URL(href) : null;
  const [, conversationId, seq] = (url?.origin === location.origin && url.pathname.match(PERMALINK)) || [];
  return seq ? { conversationId: Number(conversationId), seq: Number(seq) } : null;
}

/** Whether the two show the same conversation. */
export function sameTarget(one, other) {
  return one?.conversationId === other?.conversationId && one?.userId === other?.userId;
}

/**
 * Moves through the browser's history in place; `show(target)` draws. A step back is made a moment after it is asked
 * for, and whatever is done to the history meanwhile would be stepped back over, so it waits for that.
 */
export class Address {
  current = null;
  #uncover = null; // takes away what covers the page
  #isLeaving = false; // an entry of ours, by our own step back
  #waiting = []; // what is to be done to the history after that

  constructor(show) {
    this.show = show;
    addEventListener('popstate', (event) => {
      if (this.#stepBack()) return undefined;
      if (!event.state?.chat) return location.reload(); // an entry that is not ours to draw
      this.current = event.state.target;
      return show(this.current, event.state.at);
    });
  }

  start(target) {
    this.current = target;
    history.replaceState({ ...history.state, chat: true, target, covered: false }, '', target ? pathOf(target) : location.href);
    this.show(target);
  }

  go(target) {
    if (sameTarget(target, this.current) && target?.seq === this.current?.seq) return this.show(target);
    const state = { chat: true, target, fromHome: this.current === null };
    const change = this.#uncover ? 'replaceState' : 'pushState';
    this.#afterStep(() => history[change](state, '', pathOf(target)));
    this.#uncover = null;
    this.current = target;
    return this.show(target);
  }

  /** Something covers the page from now on: Back calls `close`, and nothing else. */
  cover(close) {
    const isCovered = Boolean(this.#uncover);
    this.#uncover = close;
    if (!isCovered) this.#afterStep(() => history.pushState({ ...history.state, covered: true }, ''));
  }

  /** It was closed by other means. */
  uncover() {
    if (!this.#uncover) return;
    this.#uncover = null;
    this.#afterStep(() => {
      this.#isLeaving = true;
      history.back();
    });
  }

  /** Back shall lead to this message again (null: to wherever opening leads). */
  leaveAt(at) {
    this.#afterStep(() => history.replaceState({ ...history.state, at }, ''));
  }

  /** The same place under its lasting address. */
  rename(target) {
    this.current = target;
    this.#afterStep(() => history.replaceState({ ...history.state, target }, '', pathOf(target)));
  }

  /** To the home page: back to where one came from, if that is it. */
  goHome() {
    this.#afterStep(() => (history.state?.fromHome ? history.back() : this.go(null)));
  }

  /** Whether a step back was only from what covered the page. */
  #stepBack() {
    if (this.#isLeaving) {
      this.#isLeaving = false;
      while (!this.#isLeaving && this.#waiting.length) this.#waiting.shift()();
      return true;
    }
    const close = this.#uncover;
    this.#uncover = null;
    close?.();
    return Boolean(close);
  }

  #afterStep(act) {
    if (this.#isLeaving) this.#waiting.push(act);
    else act();
  }
}
