// Who is in a group, and what may be done about each.
import { paintAvatar } from '../lib/avatar.js';
import { el, icon, part, reconcile, setText } from '../lib/dom.js';
import { paintPresence, sayPresence } from '../lib/presence.js';
import { countPeople } from '../lib/text.js';
import { AddPeople } from './add_people.js';
import { ask, attempt } from './ask_dialog.js';
import { MemberPages } from './member_pages.js';
import { openMenu } from '../components/menu.js';

const SEARCH_FROM = 13; // people in a group that is worth searching

export class DetailsMembers {
  #conversation = null;
  #nodes = new Map();
  #add = null;

  constructor(root, store, { open }) {
    Object.assign(this, { root, store, open });
    this.fault = part('members-error', root);
    this.box = part('members-search', root);
    this.more = part('members-more', root);
    this.pages = new MemberPages(store, { changed: () => this.#drawRows(), failed: (text) => setText(this.fault, text) });
    part('add-people', root).addEventListener('click', () => {
      this.#add ??= new AddPeople(store);
      this.#add.open(this.#conversation, new Set(this.pages.users.map((user) => user.id)));
    });
    this.more.addEventListener('click', () => this.pages.more());
    this.box.addEventListener('input', () => this.pages.search(this.box.value.trim()));
    part('members', root).addEventListener('click', (event) => this.#clicked(event));
  }

  reset() {
    this.box.value = '';
    setText(this.fault, '');
    this.pages.reset();
  }

  draw({ conversation }) {
    const isGroup = conversation?.kind === 'group';
    part('members-section', this.root).hidden = !isGroup;
    if (!isGroup) return this.store.presence.show('details', []);
    const count = conversation.member_count;
    this.#conversation = conversation;
    setText(part('members-title', this.root), countPeople(count));
    this.box.hidden = count < SEARCH_FROM && !this.box.value;
    this.pages.take(conversation);
    return this.#drawRows();
  }

  #drawRows() {
    const { pages, root, store } = this;
    const { users, hasMore, query } = pages;
    store.presence.show('details', users.map((user) => user.id).filter((id) => id !== store.me.id));
    const rows = users.map((user) => ({ key: user.id, user: { ...user, ...store.userById(user.id), role: user.role } }));
    reconcile(part('members', root), rows, this.#nodes, makeRow, (node, { user }) => this.#update(node, user));
    setText(part('members-note', root), query && !rows.length ? `Nobody here is called “${query}”.` : '');
    this.more.hidden = !hasMore;
    this.more.disabled = pages.isLoading;
  }

  #update(node, { id, display_name: name, avatar_url: url, role }) {
    const [avatar, text, button, hidden] = node.children;
    const presence = this.store.presence.of(id);
    paintAvatar(avatar, name, { url });
    paintPresence(avatar, presence);
    setText(hidden, presence?.state === 'offline' ? '' : sayPresence(presence));
    setText(text.firstChild, name);
    setText(text.lastChild, aboutMember(id === this.store.me.id, role === 'owner'));
    button.setAttribute('aria-label', `More about ${name}`);
    button.hidden = !this.#items({ id, role }).length;
  }

  #clicked(event) {
    const button = event.target.closest('button');
    const user = button && this.pages.users.find((one) => String(one.id) === button.dataset.id);
    if (user) openMenu(button, this.#items(user), { label: button.getAttribute('aria-label') });
  }

  /** Only what one may do. */
  #items(user) {
    const { store, open } = this;
    const conversation = this.#conversation;
    const isMe = user.id === store.me.id;
    const mayManage = store.mayManage(conversation);
    const role = user.role === 'owner' ? 'member' : 'owner';
    const message = { label: 'Message', act: () => open({ userId: user.id, username: user.username }) };
    const turn = { label: `Make ${role}`, act: () => this.#do(() => store.setRole(conversation.id, user.id, role)) };
    const remove = { label: 'Remove from group', danger: true, act: () => this.#remove(user) };
    if (isMe) return mayManage && user.role === 'owner' && conversation.member_count > 1 ? [turn] : [];
    return mayManage ? [message, turn, remove] : [message];
  }

  async #do(work) {
    if (await attempt(this.fault, work)) this.pages.again();
  }

  async #remove({ id, display_name: name }) {
    const conversation = this.#conversation;
    const isDone = await ask({
      title: `Remove ${name}?`,
      text: `${name} will not get the messages of this group any more. What was said stays with the others.`,
      label: 'Remove',
      act: () => this.store.removeMember(conversation.id, id),
    });
    if (!isDone) return;
    this.pages.again();
    part('add-people', this.root).focus(); // the row that had the focus is gone
  }
}

function aboutMember(isMe, isOwner) {
  if (isMe) return isOwner ? 'You, owner' : 'You';
  return isOwner ? 'Owner' : '';
}

function makeRow({ user }) {
  return el('li', { class: 'member' },
    el('span', { class: 'avatar avatar-small', 'aria-hidden': 'true' }),
    el('span', { class: 'member-text' }, el('span', { dir: 'auto' }), el('span', { class: 'member-role' })),
    el('button', { class: 'icon-button', type: 'button', 'aria-haspopup': 'menu', dataset: { id: user.id } }, icon('more')),
    el('span', { class: 'visually-hidden' }));
}
