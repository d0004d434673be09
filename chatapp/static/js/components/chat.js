// The chat page: makes its parts and lets them know of each other.
import { hasKeyboard, part } from '../lib/dom.js';
import { connect, connection } from '../socket.js';
import { outbox } from '../state/outbox.js';
import { createStore } from '../state/store.js';
import { Address, permalinkOf, targetOfBoot } from './address.js';
import { startConnectionSign } from './connection_sign.js';
import { Conversation } from './conversation.js';
import { Details } from './details.js';
import { LogOut } from './log_out.js';
import { startMe } from './me.js';
import { highlightMentionsOf } from './message_text.js';
import { startNotifications } from './notifications.js';
import { loadModule } from './on_demand.js';
import { showTitle, showTitleSoon } from './page_title.js';
import { PeopleList } from './people_list.js';
import { PeopleSearch } from './people_search.js';
import { PeopleToggle } from './people_toggle.js';
import { showSessionEnd } from './session_end.js';
import { showToast } from './toast.js';
import { showWelcome } from './welcome.js';

function start(shell) {
  const boot = JSON.parse(document.getElementById('boot').textContent);
  highlightMentionsOf(boot.me.username);
  const page = new ChatPage(shell, createStore(boot), boot.site_name);
  page.listen();
  page.address.start(targetOfBoot(boot));
  page.people.draw();
  if (hasKeyboard.matches && !page.address.current?.seq) page.conversation.composer.focus();
  connect({ store: page.store });
  startNotifications(page, boot.login_id).then((notifications) => Object.assign(page, { notifications }));
}

class ChatPage {
  constructor(shell, store, siteName) {
    Object.assign(this, { shell, store, siteName });
    const nav = part('people', shell);
    this.address = new Address((...where) => this.show(...where));
    this.conversation = new Conversation(part('conversation', shell), store, {
      became: ({ id }) => this.rename({ conversationId: id }),
      address: this.address,
    });
    this.details = new Details(shell, store, { open: (target) => this.open(target), address: this.address });
    this.people = new PeopleList(nav, store, {
      open: (target) => this.open(target),
      unsent: () => outbox.newest(),
      drawn: (what) => showWelcome(shell, what),
    });
    this.toggle = new PeopleToggle(shell, { home: () => this.address.goHome() });
    this.search = new PeopleSearch(nav, store, this.people, {
      leave: () => this.conversation.composer.focus(),
      reveal: () => this.toggle.reveal(),
      failed: showToast,
    });
    this.newGroup = null;
    this.logOut = new LogOut(outbox, () => {
      this.conversation.composer.files.clear();
      return Promise.all([store.clearBrowserData(), this.notifications?.leave()]);
    });
    this.notifications = null; // a moment after the page is up
  }

  listen() {
    const { store, conversation } = this;
    store.on('conversations', () => conversation.refresh());
    store.on('removed', (what) => this.removed(what));
    part('skip').addEventListener('click', (event) => {
      event.preventDefault(); // a move to a fragment would look like an entry of the history that is not ours
      conversation.composer.focus();
    });
    conversation.root.addEventListener('click', (event) => this.follow(event));
    part('new-group').addEventListener('click', () => this.makeGroup());
    for (const type of ['pointerenter', 'focus']) part('new-group').addEventListener(type, () => this.loadNewGroup(), { once: true });
    for (const type of ['unread', 'conversations']) store.on(type, () => this.title(showTitleSoon));
    store.on('error', ({ message }) => showToast(message));
    store.on('signed_out', ({ reason }) => this.logOut.chosen || showSessionEnd(reason, outbox.count()));
    outbox.on('change', () => this.people.redraw());
    startConnectionSign(connection, outbox);
    startMe(store);
  }

  /** Somebody was picked. */
  open(target) {
    this.search.clear();
    this.address.go(target);
    this.conversation.focus();
  }

  async makeGroup() {
    await this.loadNewGroup();
    this.newGroup?.show();
  }

  async loadNewGroup() {
    if (this.newGroup) return;
    const module = await loadModule(() => import('../on_demand/new_group.js'));
    if (module) this.newGroup ??= new module.NewGroup(this.store, { open: (target) => this.open(target) });
  }

  /** A link to one of this site's messages opens in place. */
  async follow(event) {
    const target = permalinkOf(event.target.closest('.message-text a')?.href);
    if (!target || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { address, conversation } = this;
    if (!(await this.isHere(target))) return;
    address.leaveAt(conversation.place);
    address.go(target);
  }

  /** Whether the conversation is one's own, looked up if need be. */
  async isHere(target) {
    const { store } = this;
    try {
      if (!store.conversation(target.conversationId)) await store.timeline(target).open();
    } catch (error) {
      store.report(error);
      return false;
    }
    const isHere = Boolean(store.conversation(target.conversationId));
    if (!isHere) showToast('That message is not here.');
    return isHere;
  }

  /** Draws what the address says; `at`: the message one was at, on the way back. */
  show(target, at) {
    const { store, shell, conversation } = this;
    const known = target?.userId ? store.directWith(target.userId) : undefined;
    if (known) return this.#showKnown(known);
    // Back to somebody whom this page has not met since it was loaded: the server knows
    if (target?.userId && !store.timeline(target).user?.display_name) return location.reload();
    part('welcome', shell).hidden = Boolean(target);
    part('skip').hidden = !target;
    if (target) conversation.show(target, at);
    else conversation.close();
    this.details.show(conversation.timeline);
    this.toggle.view(target ? 'conversation' : 'list');
    this.people.select(target);
    this.notifications?.moved();
    return this.title(showTitle);
  }

  #showKnown({ id }) {
    this.address.rename({ conversationId: id });
    this.show({ conversationId: id });
  }

  /** The first message has made a conversation of what was a person. */
  rename(target) {
    this.address.rename(target);
    this.people.select(target);
  }

  /** A conversation is no longer one's own. What was written for it is not left where nobody finds it. */
  async removed({ conversationId, name }) {
    if (this.conversation.timeline?.conversationId === conversationId) {
      this.address.go(null);
      showToast(`You are no longer part of ${name}.`);
      this.search.focus();
    }
    const { unsentOf, showUnsent } = (await loadModule(() => import('../on_demand/unsent.js'))) ?? {};
    const unsent = unsentOf?.(this.store, conversationId);
    if (unsent) showUnsent(name, unsent);
  }

  title(show) {
    const { store, conversation, siteName } = this;
    show({ unread: store.totalUnread(), name: conversation.timeline ? conversation.name : '', siteName });
  }
}

start(part('shell'));
