import { Emitter } from '../lib/emitter.js';
import { uuid } from '../lib/ids.js';
import { OutboxChannel } from './outbox_channel.js';
import { OutboxItems } from './outbox_items.js';
import { MemoryRecords, StoredRecords } from './outbox_records.js';
import { OutboxSender } from './outbox_sender.js';

/**
 * What one person has typed and the server is not known to have. Written to the browser's storage before
 * anything is sent, and shared by all tabs of that person. 'change' tells { items } that changed.
 */
class Outbox extends Emitter {
  items = new OutboxItems();
  sender = null;
  #records = null;
  #channel = null;
  #store = null;
  #isHearing = false; // taking in another tab's news

  /** Starts it for the person of this page; resolves when the stored messages are read. */
  async begin(store) {
    this.#store = store;
    this.#records = new StoredRecords(store.me.id);
    this.#channel = new OutboxChannel(store.me.id, (news) => this.#heard(news));
    this.sender = new OutboxSender(this, store);
    await this.reload();
  }

  count() {
    return this.items.all.length;
  }

  /** Unsent messages by place: 'u<user id>' for direct conversations, else 'c<conversation id>'. */
  counts() {
    const counts = new Map();
    for (const item of this.items.all) {
      const place = item.to_user_id === null ? `c${item.conversation_id}` : `u${item.to_user_id}`;
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    return counts;
  }

  isFor(item, { conversationId, user }) {
    return (conversationId !== null && item.conversation_id === conversationId) || (user !== null && item.to_user_id === user?.id);
  }

  /** The items of a timeline as they are shown, in their order. */
  pendingOf(timeline) {
    const lane = this.items.all.filter((item) => this.isFor(item, timeline));
    return this.items.shown(lane, { isReady: this.sender?.isReady ?? false });
  }

  /** Resolves when the message is stored. It is in `items` at once. */
  async add({ conversationId, userId, body }) {
    const record = {
      client_id: uuid(),
      user_id: this.#store.me.id,
      conversation_id: conversationId,
      to_user_id: userId,
      body,
      created_at: new Date().toISOString(),
      state: 'queued',
      error: null,
      uncertain: false, // was emitted, and the outcome is not known
    };
    const item = this.items.put(record);
    this.tell([item]);
    await this.#save(item, record);
  }

  /** Tries a failed message again, or a waiting one right now. */
  retry(clientId) {
    const item = this.items.get(clientId);
    if (!item || item.isInFlight) return false;
    return this.#renew(item, { state: 'queued', error: null });
  }

  /** Changes what an unsent message says. Not while it is in flight, nor when the server may have it. */
  edit(clientId, body) {
    const item = this.items.get(clientId);
    if (!item || !body.trim() || item.uncertain || this.items.isInFlight(item)) return false;
    return this.#renew(item, { body, state: 'queued', error: null });
  }

  cancel(clientId) {
    const item = this.items.get(clientId);
    if (!item || this.items.isInFlight(item)) return false;
    this.#drop(item);
    this.#channel.post('removed', { client_id: clientId });
    this.sender.wake();
    return true;
  }

  /** Forgets everything unsent of this person: for a chosen log-out. */
  async clear() {
    const items = this.items.clear();
    this.tell(items);
    this.#channel.post('cleared', {});
    await this.#records.clear();
  }

  /** The server has this message, however that became known. */
  settle(message) {
    const item = this.items.settle(message.client_id);
    if (!item) return;
    this.tell([item]);
    if (this.#isHearing) return; // the tab that says so does the rest
    this.#channel.post('settled', { message });
    this.#write(this.#records.remove(message.client_id));
    this.sender.wake();
  }

  /** Reads the storage again: other tabs may have changed it. */
  async reload() {
    const saved = this.items.savedIds();
    const records = await this.#records.all().catch((error) => this.#giveUpStorage(error));
    if (!records) return;
    this.tell(this.items.replace(records, saved));
    // Settled while the storage was being read, or before this page had read it.
    for (const { client_id: id } of records) if (this.items.isSettled(id)) this.#write(this.#records.remove(id));
  }

  /** About to emit: marks it so in the storage, and resolves with what to send, or null if it is gone. */
  async claim(item, conversationId) {
    const mark = (record) => ({ ...record, conversation_id: conversationId, uncertain: true });
    const record = await this.#records.change(item.client_id, mark).catch((error) => {
      this.#report(error);
      return mark(item);
    });
    if (!record && item.isKept) {
      this.tell(this.items.remove(item.client_id));
      return null;
    }
    Object.assign(item, { conversation_id: conversationId, uncertain: true, body: record?.body ?? item.body });
    this.#channel.post('sending', { client_id: item.client_id });
    return item;
  }

  /** An attempt failed: with an error for good when `error` is given, else to be tried after `wait` ms. */
  notSent(item, { error = null, wait = 0, uncertain }) {
    if (this.items.get(item.client_id) !== item) return;
    const change = { state: error ? 'failed' : 'queued', error, uncertain };
    Object.assign(item, change, { retryAt: performance.now() + wait });
    this.tell([item]);
    this.#channel.post(error ? 'put' : 'waiting', { client_id: item.client_id, record: this.items.recordOf(item), wait });
    this.#write(this.#records.change(item.client_id, (record) => ({ ...record, ...change })));
  }

  tell(items) {
    if (items.length) this.emit('change', { items });
  }

  async #save(item, record) {
    try {
      item.order = await this.#records.add(record);
      item.isKept = true;
    } catch (error) {
      this.#report(error);
    }
    item.isSaved = true;
    if (this.items.get(item.client_id) !== item) return; // cancelled meanwhile
    if (item.isKept) this.#channel.post('put', { record: this.items.recordOf(item) });
    this.sender.wake();
  }

  #renew(item, change) {
    // The server knows this client id with another text: only a new one can be sent.
    if (item.error?.code === 'conflict') {
      this.cancel(item.client_id);
      this.add({ conversationId: item.conversation_id, userId: item.to_user_id, body: change.body ?? item.body });
      return true;
    }
    Object.assign(item, change, { attempts: 0, retryAt: 0, isSaved: false });
    this.tell([item]);
    this.#writeRenewed(item, change);
    return true;
  }

  async #writeRenewed(item, change) {
    const isEdit = change.body !== undefined;
    let isTooLate = false;
    const apply = (record) => {
      isTooLate = isEdit && record.uncertain; // another tab was about to send it
      return isTooLate ? null : { ...record, ...change };
    };
    await this.#records.change(item.client_id, apply).catch((error) => this.#report(error));
    item.isSaved = true;
    if (isTooLate) return this.#keepEdit(item, change.body);
    if (this.items.get(item.client_id) === item) this.#channel.post('put', { record: this.items.recordOf(item) });
    this.sender.wake();
  }

  /** The message goes out as it was; the new text is not lost, it becomes the draft. */
  async #keepEdit(item, body) {
    this.#store.keepText(item, body);
    await this.reload();
    this.sender.wake();
  }

  #drop(item) {
    this.tell(this.items.remove(item.client_id));
    this.#write(this.#records.remove(item.client_id));
  }

  #heard({ type, client_id: id, record, message, wait }) {
    this.sender.heard();
    if (type === 'put') this.tell(this.items.hear(record));
    if (type === 'removed') this.tell(this.items.remove(id));
    if (type === 'sending') this.tell(this.items.sendingElsewhere(id));
    if (type === 'waiting') this.tell(this.items.waitingElsewhere(id, wait));
    if (type === 'cleared') this.tell(this.items.clear());
    // The message first: its pending copy goes only when it can be shown.
    if (type === 'settled') this.#hearSettled(message);
    this.sender.wake();
  }

  #hearSettled(message) {
    this.#isHearing = true;
    this.#store.receive(message);
    this.#isHearing = false;
  }

  #write(writing) {
    writing.catch((error) => this.#report(error));
  }

  #giveUpStorage(error) {
    this.#report(error);
    this.#records = new MemoryRecords(this.items.all.map((item) => this.items.recordOf(item)));
    this.sender.isAlone = true;
    return null;
  }

  #report(error) {
    console.warn('The outbox cannot use the browser storage:', error);
    this.#store.emit('error', {
      message: 'This browser does not let the chat keep unsent messages. They are lost if you close or reload the page before they are sent.',
    });
  }
}

export const outbox = new Outbox();
