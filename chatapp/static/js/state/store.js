import { ApiError, get, post, session } from '../lib/api.js';
import { connection, disconnect, request, wake } from '../socket.js';
import { Directory } from './directory.js';
import { Drafts } from './drafts.js';
import { Login } from './login.js';
import { outbox } from './outbox.js';
import { Sync } from './sync.js';
import { Timelines } from './timelines.js';

/** All that this page knows, begun from the server's snapshot. Events: see the class. */
export function createStore(boot) {
  const store = new Store(boot);
  store.begin(boot);
  return store;
}

/** Tells 'conversations', 'people', 'unread', 'signed_out' { reason } and 'error' { message }. */
class Store extends Directory {
  #timelines = new Timelines(this);
  #sync = new Sync({ store: this, request, done: (failure) => this.#synced(failure) });

  constructor(boot) {
    super(boot, {
      request,
      ask: () => this.#sync.soon(),
      countUnread: (conversation) => this.#timelines.countUnread(conversation),
    });
    this.limits = boot.limits;
    this.request = request;
    this.drafts = new Drafts(this.me.id);
    this.login = new Login({ myId: this.me.id, end: (reason) => this.#ended(reason) });
  }

  /** Fills in the snapshot and starts to watch; the socket is connected separately. */
  begin(boot) {
    session.on('ended', (reason) => this.endSession(reason));
    for (const conversation of boot.conversations.conversations) this.mergeConversation(conversation);
    if (boot.open) this.#timelines.takeBoot(boot.open);
    outbox.begin(this);
    this.#sync.watch(() => this.wake());
    addEventListener('pagehide', () => this.reads.flush());
  }

  get isConnected() {
    return connection.isUp && !this.login.isOver;
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
    this.known.receive(message);
    this.settle(message);
  }

  /** One's own message is stored: its pending copy can go. */
  settle(message) {
    if (message.sender_id === this.me.id && message.client_id) outbox.settle(message);
  }

  mergeConversation(snapshot, askedAt) {
    this.crowd.know(snapshot.members);
    const conversation = this.known.merge(snapshot, askedAt);
    this.#timelines.adopt(conversation);
    return conversation;
  }

  patchConversation(conversation) {
    if (conversation.members) this.crowd.know(conversation.members);
    this.known.patch(conversation);
  }

  removeConversation(id) {
    this.known.remove(id);
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
    if (conversation && conversation.last_read_seq !== newest) this.known.read(id, newest, newest === seq);
  }

  /** Conversation id -> version up to which nothing is missing, in the list and in what is loaded. */
  cursors() {
    return this.#timelines.lower(this.known.cursors());
  }

  resumeTimelines(isPartial) {
    this.#timelines.resume(isPartial);
  }

  /** Looks for the conversation with a person beyond the loaded list. */
  async findDirect(userId) {
    if (this.directWith(userId) || !this.moreConversations) return;
    const { conversations } = await get(`/api/conversations?with_user=${userId}`);
    if (conversations.length) this.mergeConversation(conversations[0]);
  }

  /** The conversation with a person, made if need be. */
  async openDirect(userId) {
    const known = this.directWith(userId);
    if (known) return known;
    const { conversation } = await this.#postDirect(userId).catch(async (error) => {
      if (error.code !== 'csrf_failed') throw error;
      // A new log-in in another tab made this page's token stale; whose it is has to be seen first.
      this.login.doubt();
      if (!(await this.login.prove())) throw new ApiError('login_required', 'Someone else is logged in now.');
      return this.#postDirect(userId);
    });
    return this.mergeConversation(conversation);
  }

  /** Text that could not be put where it was meant for is added to the draft there. */
  keepText(item, text) {
    for (const timeline of this.#timelines.all()) {
      if (outbox.isFor(item, timeline)) timeline.keepText(text);
    }
    this.emit('error', { message: 'That message was on its way already. Your change was kept as a draft.' });
  }

  /** The socket is connected. */
  connected() {
    this.#sync.now();
  }

  /** The socket lost its connection. */
  disconnected() {
    this.login.doubt(); // the next connection goes by the cookie of then
    outbox.sender.setReady(false);
  }

  wake() {
    if (this.login.isOver) return;
    wake();
    outbox.reload();
    this.#sync.now();
  }

  /** The log-in is over. */
  endSession(reason) {
    this.login.finish(reason);
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

  /** What is unsent stays for the same person's return. */
  #ended(reason) {
    outbox.sender.setReady(false);
    disconnect();
    this.emit('signed_out', { reason });
  }

  #postDirect(userId) {
    return post('/api/conversations', { kind: 'direct', user_id: userId });
  }

  #synced(failure) {
    // Not before a sync: it tells whose connection this is, and closes what was missed first.
    const isUnsure = failure && ['offline', 'timeout'].includes(failure.code);
    if (isUnsure || !this.login.isMine()) return;
    if (!outbox.sender.isReady) outbox.sender.setReady(true);
    this.reads.flush();
  }

}
