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

  constructor(show) {
    this.show = show;
    addEventListener('popstate', (event) => {
      if (!event.state?.chat) return location.reload(); // an entry that is not ours to draw
      this.current = event.state.target;
      return show(this.current, event.state.at);
    });
  }

  start(target) {
    this.current = target;
    history.replaceState({ ...history.state, chat: true, target }, '', target ? pathOf(target) : location.href);
    this.show(target);
  }

  go(target) {
    if (sameTarget(target, this.current) && target?.seq === this.current?.seq) return this.show(target);
    const from = this.current === null;
    history.pushState({ chat: true, target, fromHome: from }, '', pathOf(target));
    this.current = target;
    return this.show(target);
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
}
