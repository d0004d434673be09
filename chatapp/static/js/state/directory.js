import { Emitter } from '../lib/emitter.js';
import { throttle } from '../lib/timers.js';
import { ConversationPages } from './conversation_pages.js';
import { Conversations } from './conversations.js';
import { groupName } from './group_name.js';
import { OwnSettings } from './own_settings.js';
import { People } from './people.js';
import { Reads } from './reads.js';

const PACE = 50; // ms between two rounds of 'conversations' and 'unread' while much is going on

/** What the list on the left shows: conversations, people, and what is unread. */
export class Directory extends Emitter {
  /**
   * `ask()` asks for a sync; `countUnread(conversation)` counts from what is loaded, or returns null;
   * `turned(conversationId, isBack)` is told which way one's own mark went, `renamed(user)` who has another name or
   * picture.
   */
  constructor(boot, { request, ask, countUnread, turned, renamed }) {
    super();
    this.me = boot.me;
    Object.assign(this, { turned, renamed });
    this.reads = new Reads({ request, moved: (...move) => this.known.read(...move), turned });
    this.settings = new OwnSettings({
      send: (id, change) => this.sendOwn(id, change),
      changed: (id, settings) => this.known.show(id, settings),
    });
    this.crowd = new People({ myId: this.me.id, changed: throttle(() => this.emit('people'), PACE) });
    this.known = new Conversations({
      myId: this.me.id,
      reads: this.reads,
      settings: this.settings,
      countUnread,
      ask,
      changed: throttle(() => this.#changed(), PACE),
    });
    this.crowd.know([this.me]);
    this.crowd.show(boot.users);
    this.crowd.newestId = boot.newest_user_id;
    this.crowd.newestChangeId = boot.newest_change_id;
    const merge = (conversation, askedAt) => this.mergeConversation(conversation, askedAt);
    this.recent = new ConversationPages({ next: boot.conversations.next, merge });
    this.shelved = new ConversationPages({ query: { shelf: 'archived' }, next: boot.has_archived ? undefined : null, merge });
  }

  conversations() {
    return this.known.list();
  }

  /** Of the archived ones only those that are known; `loadArchived` brings more. */
  archived() {
    return this.known.list('archived');
  }

  get moreArchived() {
    return this.shelved.hasMore;
  }

  loadArchived() {
    return this.shelved.load();
  }

  get moreConversations() {
    return this.recent.hasMore;
  }

  loadMoreConversations() {
    const known = this.conversations().length;
    return this.recent.load().then(() => {
      // A sync may have brought this page already: go on to what is really new.
      if (this.moreConversations && this.conversations().length === known) return this.loadMoreConversations();
    });
  }

  conversation(id) {
    return this.known.get(id);
  }

  directWith(userId) {
    return this.known.directWith(userId);
  }

  userById(id) {
    return this.crowd.get(id);
  }

  /** The other person of a direct conversation, or null. */
  partnerOf({ kind, members }) {
    return kind === 'direct' ? (members.find((member) => member.id !== this.me.id) ?? null) : null;
  }

  title(conversation) {
    if (conversation.kind === 'direct') return this.partnerOf(conversation)?.display_name ?? '';
    return conversation.title || groupName(conversation, this.me.id);
  }

  /** The place by which drafts and unsent messages are counted. */
  keyOf(conversation) {
    const partner = this.partnerOf(conversation);
    return partner ? `u${partner.id}` : `c${conversation.id}`;
  }

  people() {
    return this.crowd.list();
  }

  get morePeople() {
    return this.crowd.next !== null;
  }

  loadMorePeople() {
    return this.crowd.loadMore();
  }

  searchPeople(query) {
    return this.crowd.search(query).catch((error) => {
      if (error.code !== 'aborted') throw error; // a newer search took its place
    });
  }

  userAdded(user) {
    this.crowd.add(user);
  }

  /** Somebody has another name or picture: told just now, or asked for at `askedAt`. */
  userChanged(change, askedAt) {
    if (!this.crowd.change(change, askedAt)) return;
    const { is_active: isActive, ...user } = change;
    if (user.id === this.me.id) Object.assign(this.me, user);
    this.known.rename(user);
    this.renamed(user);
    this.emit('people');
    this.emit('conversations');
  }

  totalUnread() {
    return this.known.totalUnread();
  }

  #changed() {
    this.emit('conversations');
    this.emit('unread');
  }
}
