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

/** Moves through the browser's history in place; `show(target)` draws. */
export class Address {
  current = null;
  #uncover = null; // takes away what covers the page
  #isLeaving = false; // an entry of ours, by our own step back

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
    if (this.#uncover) history.replaceState(state, '', pathOf(target));
    else history.pushState(state, '', pathOf(target));
    this.#uncover = null;
    this.current = target;
    return this.show(target);
  }

  /** Something covers the page from now on: Back calls `close`, and nothing else. */
  cover(close) {
    history.pushState({ ...history.state, covered: true }, '');
    this.#uncover = close;
  }

  /** It was closed by other means. */
  uncover() {
    if (!this.#uncover) return;
    this.#uncover = null;
    this.#isLeaving = true;
    history.back();
  }

  /** Back shall lead to this message again (null: to wherever opening leads). */
  leaveAt(at) {
    history.replaceState({ ...history.state, at }, '');
  }

  /** The same place under its lasting address. */
  rename(target) {
    history.replaceState({ ...history.state, target }, '', pathOf(target));
    this.current = target;
  }

  /** To the home page: back to where one came from, if that is it. */
  goHome() {
    if (history.state?.fromHome) history.back();
    else this.go(null);
  }

  /** Whether a step back was only from what covered the page. */
  #stepBack() {
    const close = this.#uncover;
    this.#uncover = null;
    close?.();
    const isOurs = this.#isLeaving || Boolean(close);
    this.#isLeaving = false;
    return isOurs;
  }
}
