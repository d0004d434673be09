import { ApiError, bootOf, post, session } from '../lib/api.js';
import { Emitter } from '../lib/emitter.js';
import { local } from '../lib/storage.js';
import { throttle } from '../lib/timers.js';
import { connection, disconnect, request, wake } from '../socket.js';
import { Conversations } from './conversations.js';
import { Drafts } from './drafts.js';
import { outbox } from './outbox.js';
import { People } from './people.js';
import { Reads } from './reads.js';
import { Sync } from './sync.js';
import { Timelines } from './timelines.js';

const WHO = 'chat.user'; // whose page was opened last in this browser
const PACE = 50; // ms

/** All that this page knows, begun from the server's snapshot. Events: see the class. */
export function createStore(boot) {
  const store = new Store(boot);
  store.begin(boot);
  return store;
}

/** Tells 'conversations', 'people', 'unread', 'signed_out' { reason } and 'error' { message }. */
class Store extends Emitter {
  #ended = false;
  #isProven = true; // at first the page is as new as its cookie
  #people;
  #conversations;
  #timelines;
  #sync;

  constructor(boot) {
    super();
    this.me = boot.me;
    this.limits = boot.limits;
    this.request = request;
    this.drafts = new Drafts(this.me.id);
    this.reads = new Reads({ request, moved: (...move) => this.#conversations.read(...move) });
    this.#people = new People({ myId: this.me.id, changed: () => this.emit('people') });
    this.#timelines = new Timelines(this);
    this.#sync = new Sync({ store: this, request, done: (failure) => this.#synced(failure) });
    this.#conversations = new Conversations({
      myId: this.me.id,
      reads: this.reads,
      countUnread: (conversation) => this.#timelines.countUnread(conversation),
      ask: () => this.#sync.soon(),
      changed: throttle(() => this.#listChanged(), PACE),
    });
  }

  /** Fills in the snapshot and starts to watch; the socket is connected separately. */
  begin(boot) {
    local.set(WHO, String(this.me.id));
    addEventListener('storage', (event) => event.key === WHO && this.isStillMe());
    session.on('ended', () => this.endSession('login_required'));
    this.#people.know([this.me]);
    this.#people.show(boot.users);
    this.#conversations.next = boot.conversations.next;
    for (const conversation of boot.conversations.conversations) this.mergeConversation(conversation);
    if (boot.open) this.#timelines.takeBoot(boot.open);
    outbox.begin(this);
    this.#sync.watch(() => this.wake());
    addEventListener('pagehide', () => this.reads.flush());
  }

  get isConnected() {
    return connection.isUp && !this.#ended;
  }

  conversations() {
    return this.#conversations.list();
  }

  get moreConversations() {
    return this.#conversations.next !== null;
  }

  loadMoreConversations() {
    const known = this.conversations().length;
    return this.#conversations.loadMore().then(() => {
      // A sync may have brought this page already: go on to what is really new.
      if (this.moreConversations && this.conversations().length === known) return this.loadMoreConversations();
    });
  }

  conversation(id) {
    return this.#conversations.get(id);
  }

  directWith(userId) {
    return this.#conversations.directWith(userId);
  }

  userById(id) {
    return this.#people.get(id);
  }

  /** The other person of a direct conversation, or null. */
  partnerOf({ kind, members }) {
    return kind === 'direct' ? (members.find((member) => member.id !== this.me.id) ?? null) : null;
  }

  title(conversation) {
    return this.partnerOf(conversation)?.display_name ?? conversation.title ?? '';
  }

  /** The place by which drafts and unsent messages are counted. */
  keyOf(conversation) {
    const partner = this.partnerOf(conversation);
    return partner ? `u${partner.id}` : `c${conversation.id}`;
  }

  people() {
    return this.#people.list();
  }

  get morePeople() {
    return this.#people.next !== null;
  }

  loadMorePeople() {
    return this.#people.loadMore();
  }

  searchPeople(query) {
    return this.#people.search(query).catch((error) => {
      if (error.code !== 'aborted') throw error; // a newer search took its place
    });
  }

  userAdded(user) {
    this.#people.add(user);
  }

  totalUnread() {
    return this.#conversations.totalUnread();
  }

  timeline(key) {
    return this.#timelines.get(key);
  }

  opened(timeline) {
    this.#timelines.opened(timeline);
  }

  /** A stored message, wherever it comes from; an older copy than the one held changes nothing. */
  receive(message) {
    const isOwn = message.sender_id === this.me.id;
    for (const timeline of this.#timelines.of(message.conversation_id)) timeline.receive(message, { isOwn });
    this.#conversations.receive(message);
    this.settle(message);
  }

  /** One's own message is stored: its pending copy can go. */
  settle(message) {
    if (message.sender_id === this.me.id && message.client_id) outbox.settle(message);
  }

  mergeConversation(snapshot, askedAt) {
    this.#people.know(snapshot.members);
    const conversation = this.#conversations.merge(snapshot, askedAt);
    this.#timelines.adopt(conversation);
    return conversation;
  }

  patchConversation(conversation) {
    if (conversation.members) this.#people.know(conversation.members);
    this.#conversations.patch(conversation);
  }

  removeConversation(id) {
    this.#conversations.remove(id);
    this.#timelines.remove(id);
  }

  /** The server is at `version` in this conversation. */
  head(id, version) {
    if ((this.cursors()[id] ?? -1) < version) this.#sync.soon();
  }

  /** Someone's read mark moved; only one's own changes what is unread. */
  readMarked(conversationId, userId, seq) {
    if (userId === this.me.id) this.reads.confirm(conversationId, seq);
  }

  /** One's own mark as of a sync that was asked for at `askedAt`. */
  takeRead(id, seq, askedAt) {
    const conversation = this.conversation(id);
    const newest = this.reads.newest(id, seq, askedAt);
    if (conversation && conversation.last_read_seq !== newest) this.#conversations.read(id, newest, newest === seq);
  }

  /** Conversation id -> version up to which nothing is missing, in the list and in what is loaded. */
  cursors() {
    return this.#timelines.lower(this.#conversations.cursors());
  }

  resumeTimelines(isPartial) {
    this.#timelines.resume(isPartial);
  }

  /** Looks for the conversation with a person beyond the loaded list. */
  async findDirect(userId) {
    const username = this.userById(userId)?.username;
    if (this.directWith(userId) || !this.moreConversations || !username) return;
    const { open } = await bootOf(`/chat/with/${encodeURIComponent(username)}`);
    if (open?.conversation) this.mergeConversation(open.conversation);
  }

  /** The conversation with a person, made if need be. */
  async openDirect(userId) {
    const known = this.directWith(userId);
    if (known) return known;
    const { conversation } = await this.#postDirect(userId).catch(async (error) => {
      if (error.code !== 'bad_csrf') throw error;
      // A new log-in in another tab made this page's token stale; whose it is has to be seen first.
      this.#isProven = false;
      if (!(await this.proveUser())) throw new ApiError('login_required', 'Someone else is logged in now.');
      return this.#postDirect(userId);
    });
    return this.mergeConversation(conversation);
  }

  /** Text that could not be put where it was meant for becomes the draft there, unless one is begun. */
  keepText(item, text) {
    for (const timeline of this.#timelines.all()) {
      if (outbox.isFor(item, timeline) && !timeline.draft) timeline.setDraft(text);
    }
    this.emit('error', { message: 'That message was on its way already. Your change was kept as a draft.' });
  }

  /** The socket is connected. */
  connected() {
    this.#sync.now();
  }

  /** The socket lost its connection. */
  disconnected() {
    this.#isProven = false; // the next connection goes by the cookie of then
    outbox.sender.setReady(false);
  }

  wake() {
    if (this.#ended) return;
    wake();
    outbox.reload();
    this.#sync.now();
  }

  /** Is this still the log-in of this page's person? Ends the page's session if not. */
  isStillMe(userId) {
    const last = local.get(WHO);
    const isMe = (userId === undefined || userId === this.me.id) && (last === null || last === String(this.me.id));
    if (!isMe) this.endSession('other_user');
    else if (userId !== undefined) this.#isProven = true;
    return isMe && !this.#ended;
  }

  /** Makes sure that this connection is this page's person, before anything goes out in that person's name. */
  async proveUser() {
    if (!this.#isProven && !this.#ended) this.isStillMe((await bootOf('/chat')).me.id);
    return this.#isProven && this.isStillMe();
  }

  /** The log-in is over. What is unsent stays for the same person's return. */
  endSession(reason) {
    if (this.#ended) return;
    this.#ended = true;
    outbox.sender.setReady(false);
    disconnect();
    this.emit('signed_out', { reason });
  }

  /** Leaves nothing of this person in the browser: for a chosen log-out. */
  async clearBrowserData() {
    this.drafts.clear();
    await outbox.clear();
  }

  /** A background load failed. Being offline is shown elsewhere, and the load is tried again. */
  report(error) {
    const isExpected = ['offline', 'timeout', 'aborted', 'login_required'].includes(error.code);
    if (error.code === undefined) console.error(error);
    if (!isExpected) this.emit('error', { message: error.message });
  }

  #postDirect(userId) {
    return post('/api/conversations', { kind: 'direct', user_id: userId });
  }

  #synced(failure) {
    // Not before a sync: it tells whose connection this is, and closes what was missed first.
    const isUnsure = failure && ['offline', 'timeout'].includes(failure.code);
    if (isUnsure || !this.isStillMe()) return;
    if (!outbox.sender.isReady) outbox.sender.setReady(true);
    this.reads.flush();
  }

  #listChanged() {
    this.emit('conversations');
    this.emit('unread');
  }
}
