import { del, get, patch, post } from '../lib/api.js';
import { uuid } from '../lib/ids.js';
import { jitter } from '../lib/timers.js';
import { Receipts } from './receipts.js';

const UNANSWERED = new Set(['timeout', 'offline']);
const UNKNOWN = new Set([...UNANSWERED, 'unavailable']); // it may have been done

const TYPING_MOST = 50; // members of a group that are told

/** What a person does with conversations and those in them. */
export class Commands extends Receipts {
  #wishes = new Map(); // what a group was to be -> client_id, until it is known to be made

  /** Looks for the conversation with a person beyond the loaded list, and on the shelves. */
  async findDirect(userId) {
    if (this.directWith(userId)) return;
    await this.#find({ with_user: userId }).catch((error) => {
      // All of the list is here: most likely there is none, and what is sent finds it if there is.
      if (this.moreConversations || !UNANSWERED.has(error.code)) throw error;
    });
  }

  /** The groups of exactly these and me, most recent first. */
  findGroups(userIds) {
    return this.#find({ with_users: userIds.join() });
  }

  /** My groups with `text` in their title or, where they have none, in a member's name. */
  searchConversations(text) {
    return this.#find({ q: text });
  }

  /** The conversation with a person, made if need be. */
  async openDirect(userId) {
    return this.directWith(userId) ?? this.#did(() => post('/api/conversations', { kind: 'direct', user_id: userId }));
  }

  /** A new group. Wanted again after no answer came, it is still only one. */
  async createGroup({ title = null, userIds }) {
    const wish = JSON.stringify([title, [...userIds].sort()]);
    const clientId = this.#wishes.get(wish) ?? uuid();
    this.#wishes.set(wish, clientId);
    const body = { kind: 'group', title, user_ids: userIds, client_id: clientId };
    const create = () => this.#did(() => post('/api/conversations', body));
    const again = async (error) => {
      if (!UNANSWERED.has(error.code)) throw error;
      await new Promise((go) => setTimeout(go, jitter(500, 500)));
      return create();
    };
    const settle = (error) => UNKNOWN.has(error?.code) || this.#wishes.delete(wish);
    const made = create().catch(again);
    made.then(() => settle(), settle);
    return made;
  }

  rename(id, title) {
    return this.#did(() => patch(`/api/conversations/${id}`, { title }));
  }

  /** `history` is 'all' or 'from_now'. */
  addMembers(id, userIds, history) {
    return this.#did(() => post(`/api/conversations/${id}/members`, { user_ids: userIds, history }));
  }

  removeMember(id, userId) {
    return userId === this.me.id ? this.leave(id) : this.#did(() => del(`/api/conversations/${id}/members/${userId}`));
  }

  async leave(id) {
    await this.login.asMe(() => del(`/api/conversations/${id}/members/${this.me.id}`));
    this.removeConversation(id);
  }

  /** `role` is 'owner' or 'member'. */
  setRole(id, userId, role) {
    return this.#did(() => patch(`/api/conversations/${id}/members/${userId}`, { role }));
  }

  /** One's own settings: { notify, shelf } or one of them. Shown at once, put back when it fails. */
  setOwn(id, change) {
    return this.settings.set(id, change);
  }

  /** { members, next }, each member with a role. */
  async membersPage(id, { q = '', after } = {}) {
    const query = new URLSearchParams({ q, ...(after ? { after } : {}) });
    const page = await get(`/api/conversations/${id}/members?${query}`);
    this.crowd.know(page.members);
    return page;
  }

  /** { users, count, member_count }: who has seen a message, besides its author and oneself. */
  async readersPage(id, seq) {
    const page = await get(`/api/conversations/${id}/messages/${seq}/readers`);
    this.crowd.know(page.users);
    return page;
  }

  /** Tells the others in a conversation that one is writing there, or no longer; in large groups nobody wants to know. */
  sayTyping({ id, member_count: count }, isOn) {
    if (this.isConnected && count <= TYPING_MOST) this.request('typing', { conversation_id: id, on: isOn }).catch(() => null);
  }

  /** May one remove people and set roles? Where no owner is left, everybody may. */
  mayManage({ kind, role, members, member_count: count }) {
    if (kind !== 'group') return false;
    return role === 'owner' || (members.length >= count && !members.some((member) => member.role === 'owner'));
  }

  deleteMessage(id) {
    return this.#change('message_delete', id);
  }

  restoreMessage(id) {
    return this.#change('message_restore', id);
  }

  /** A file that is not sent will not be; where nobody can be told, it goes by itself after a day. */
  discardFile(id) {
    this.login.asMe(() => del(`/api/files/${id}`)).catch(() => null);
  }

  /** Tells the server of one's own settings; resolves with them as they are then. */
  async sendOwn(id, change) {
    const { conversation } = await this.login.asMe(() => patch(`/api/conversations/${id}/membership`, change));
    const hasMoved = this.conversation(id)?.last_seq > conversation.last_seq; // and so left its shelf
    return { notify: conversation.notify, shelf: hasMoved ? null : conversation.shelf };
  }

  async #change(event, messageId) {
    const { message } = await this.request(event, { message_id: messageId });
    this.receive(message);
  }

  async #find(wanted) {
    const askedAt = performance.now();
    const { conversations } = await get(`/api/conversations?${new URLSearchParams(wanted)}`);
    return conversations.map((conversation) => this.mergeConversation(conversation, askedAt)).filter(Boolean);
  }

  /** Does a write that answers with the conversation as it is then. */
  async #did(write) {
    const askedAt = performance.now();
    const { conversation } = await this.login.asMe(write);
    return this.mergeConversation(conversation, askedAt);
  }
}
