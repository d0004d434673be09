// The chat page: makes its parts and lets them know of each other.
import { hasKeyboard, part } from '../lib/dom.js';
import { connect, connection } from '../socket.js';
import { outbox } from '../state/outbox.js';
import { createStore } from '../state/store.js';
import { Address, targetOfBoot } from './address.js';
import { startConnectionSign } from './connection_sign.js';
import { Conversation } from './conversation.js';
import { LogOut } from './log_out.js';
import { showTitle, showTitleSoon } from './page_title.js';
import { PeopleList } from './people_list.js';
import { PeopleSearch } from './people_search.js';
import { PeopleToggle } from './people_toggle.js';
import { showSessionEnd } from './session_end.js';
import { showToast } from './toast.js';

export function start(shell) {
  const boot = JSON.parse(document.getElementById('boot').textContent);
  const store = createStore(boot);
  const root = part('people', shell);
  const conversation = new Conversation(part('conversation', shell), store, { became: ({ id }) => became(id), gone: () => gone() });
  const list = new PeopleList(root, store, { open: (target) => open(target), unsent: () => outbox.counts() });
  outbox.on('change', () => list.redraw());
  const address = new Address((target) => show(target));
  const toggle = new PeopleToggle(shell, { home: () => address.goHome() });
  const search = new PeopleSearch(root, store, list, { leave: () => conversation.composer.focus(), reveal: () => toggle.reveal(), failed: showToast });
  const logOut = new LogOut(outbox, () => store.clearBrowserData());

  function open(target) {
    search.clear();
    address.go(target);
    conversation.focus();
  }

  function show(target) {
    const known = target?.userId ? store.directWith(target.userId) : undefined;
    if (known) {
      target = { conversationId: known.id };
      address.rename(target);
    }
    // Back to somebody whom this page has not met since it was loaded: the server knows
    if (target?.userId && !store.timeline(target).user?.display_name) return location.reload();
    part('welcome', shell).hidden = Boolean(target);
    part('skip').hidden = !target;
    if (target) conversation.show(target);
    else conversation.close();
    toggle.view(target ? 'conversation' : 'list');
    list.select(target);
    return title(showTitle);
  }

  function became(id) {
    address.rename({ conversationId: id });
    list.select(address.current);
  }

  function gone() {
    address.go(null);
    showToast('You are no longer part of that conversation.');
  }

  function title(show = showTitleSoon) {
    show({ unread: store.totalUnread(), name: conversation.timeline ? conversation.name : '', siteName: boot.site_name });
  }

  for (const type of ['unread', 'conversations']) store.on(type, () => title());
  store.on('conversations', () => conversation.refresh());
  store.on('error', ({ message }) => showToast(message));
  store.on('signed_out', ({ reason }) => logOut.chosen || showSessionEnd(reason, outbox.count()));
  startConnectionSign(connection, outbox);
  address.start(targetOfBoot(boot));
  list.draw();
  if (hasKeyboard.matches) conversation.composer.focus();
  connect({ store });
}
