import { session } from '../lib/api.js';
import { connection, disconnect, request, wake } from '../socket.js';
import { Commands } from './commands.js';
import { Drafts } from './drafts.js';
import { Idle } from './idle.js';
import { Login } from './login.js';
import { outbox } from './outbox.js';
import { Presence } from './presence.js';
import { Sync } from './sync.js';
import { Timelines } from './timelines.js';
import { Typists } from './typists.js';

const USUAL = { notify: 'all', shelf: null };

/** All that this page knows, begun from the server's snapshot. Events: see the class. */
export function createStore(boot) {
  const store = new Store(boot);
  store.begin(boot);
  return store;
}

/**
 * Tells 'conversations', 'people', 'unread', 'reads' { conversationId }, 'presence', 'typing' { conversationId },
 * 'account', 'signed_out' { reason }, 'removed' { conversationId, name }: it is no longer one's own, 'error' { message }
 * and 'arrived' { message, isLate }: a new message came live, or is the last of those missed.
 */
class Store extends Commands {
  #timelines = new Timelines(this);
  #sync = new Sync({ store: this, request, done: (failure) => this.#synced(failure) });

  constructor(boot) {
    super(boot, {
      request,
      ask: () => this.#sync.soon(),
      countUnread: (conversation) => this.#timelines.countUnread(conversation),
      turned: (id, isBack) => this.#timelines.turned(id, isBack),
      renamed: (user) => this.#timelines.rename(user),
      messageAt: (id, seq) => this.#timelines.messageAt(id, seq),
    });
    this.limits = boot.limits;
    this.request = request;
    this.drafts = new Drafts(this.me.id);
    this.presence = new Presence({ request, changed: () => this.emit('presence') });
    this.typists = new Typists({ myId: this.me.id, changed: (conversationId) => this.emit('typing', { conversationId }) });
    this.idle = new Idle({ request });
    this.login = new Login({ myId: this.me.id, end: (reason) => this.#ended(reason) });
  }

  /** Fills in the snapshot and starts to watch; the socket is connected separately. */
  begin(boot) {
    session.on('ended', (reason) => this.endSession(reason));
    const known = [...boot.conversations.conversations, ...(boot.unread_elsewhere ?? [])];
    for (const conversation of known) this.mergeConversation(conversation);
    if (boot.open) this.#timelines.takeBoot(boot.open);
    outbox.begin(this);
    this.#sync.watch(() => this.wake());
    this.idle.watch();
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
    const end = this.conversation(message.conversation_id)?.last_seq ?? 0;
    for (const timeline of this.#timelines.of(message.conversation_id)) timeline.receive(message, { isOwn });
    this.known.receive(message);
    if (!isOwn) this.typists.stopped(message.conversation_id, message.sender_id);
    if (!isOwn) this.seen.sent(this.conversation(message.conversation_id), message);
    this.settle(message);
    if (message.seq > end) this.emit('arrived', { message });
  }

  /** One's own message is stored: its pending copy can go. */
  settle(message) {
    if (message.sender_id === this.me.id && message.client_id) outbox.settle(message);
  }

  /** Takes a conversation as the server has it; undefined when it is no longer one's own by now. */
  mergeConversation({ reads, ...snapshot }, askedAt) {
    this.crowd.know(snapshot.members);
    const { visible_from_seq: before, last_seq: end = 0 } = this.conversation(snapshot.id) ?? {};
    const conversation = this.known.merge(snapshot, askedAt);
    if (!conversation) return undefined;
    this.seen.fit(conversation);
    if (reads) this.seen.take(conversation, reads, askedAt);
    this.#timelines.adopt(conversation);
    // Removed and added again while this page was away: what it shows may no longer be one's own to see.
    if (before !== undefined && before !== conversation.visible_from_seq) this.#timelines.again(conversation.id);
    const { last_message: message } = conversation;
    if (message?.seq > end) this.emit('arrived', { message, isLate: true });
    return conversation;
  }

  patchConversation(change) {
    if (change.members) this.crowd.know(change.members);
    this.known.patch(change);
    const conversation = this.conversation(change.id);
    if (!conversation || !change.members) return;
    this.seen.fit(conversation);
    if (!this.seen.isComplete(change.id)) this.#timelines.resumeOf(change.id);
  }

  removeConversation(id, askedAt) {
    const conversation = this.conversation(id);
    if (!this.known.remove(id, askedAt)) return;
    this.emit('removed', { conversationId: id, name: conversation ? this.title(conversation) : 'that conversation' });
    this.reads.forget(id);
    this.seen.doubt(id);
    this.#timelines.remove(id);
  }

  /** Who has another name or picture since the last sync. */
  takeChanges({ changed_users: users, newest_change_id: newestId }, askedAt) {
    for (const user of users) this.userChanged(user, askedAt);
    this.crowd.newestChangeId = newestId;
  }

  /** One's own settings as of a sync; of those that are not named they are the usual ones. */
  takeSettings(settings, askedAt) {
    for (const { id } of this.known.all()) this.known.takeOwn(id, settings[id] ?? USUAL, askedAt);
  }

  /** The server is at `version` in this conversation. */
  head(id, version) {
    if ((this.cursors()[id] ?? -1) < version) this.#sync.soon();
  }

  /** Conversation id -> version up to which nothing is missing, in the list and in what is loaded. */
  cursors() {
    return this.#timelines.lower(this.known.cursors());
  }

  resumeTimelines(isPartial) {
    this.#timelines.resume(isPartial);
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
    this.seen.doubt(); // what moved while nobody listened
    this.idle.tell();
    this.presence.connected();
    this.#sync.now();
  }

  /** The socket lost its connection. */
  disconnected() {
    this.login.doubt(); // the next connection goes by the cookie of then
    outbox.sender.setReady(false);
    this.presence.disconnected();
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

  #synced(failure) {
    // Not before a sync: it tells whose connection this is, and closes what was missed first.
    const isUnsure = failure && ['offline', 'timeout'].includes(failure.code);
    if (isUnsure || !this.login.isMine()) return;
    if (!outbox.sender.isReady) outbox.sender.setReady(true);
    this.reads.flush();
  }

}
