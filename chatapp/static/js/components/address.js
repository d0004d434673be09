// Between the page's address and what is open: {conversationId}, {userId, username} or null for the home page.

const HOME = '/chat';

export function pathOf(target) {
  if (!target) return HOME;
  return target.conversationId ? `${HOME}/${target.conversationId}` : `${HOME}/with/${encodeURIComponent(target.username)}`;
}

/** What is open at the start, from the server's own reading of the address. */
export function targetOfBoot({ open }) {
  if (!open) return null;
  return open.conversation ? { conversationId: open.conversation.id } : { userId: open.user.id, username: open.user.username };
}

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
      return show(this.current);
    });
  }

  start(target) {
    this.current = target;
    history.replaceState({ ...history.state, chat: true, target }, '', target ? pathOf(target) : location.href);
    this.show(target);
  }

  go(target) {
    if (sameTarget(target, this.current)) return this.show(target);
    const from = this.current === null;
    history.pushState({ chat: true, target, fromHome: from }, '', pathOf(target));
    this.current = target;
    return this.show(target);
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
