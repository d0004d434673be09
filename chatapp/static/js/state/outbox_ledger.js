import { Emitter } from '../lib/emitter.js';
import { OutboxChannel } from './outbox_channel.js';
import { OutboxItems } from './outbox_items.js';
import { MemoryRecords, StoredRecords } from './outbox_records.js';
import { OutboxSender } from './outbox_sender.js';

/**
 * The books of the outbox: the items in memory, the same in the browser's storage, and what the other tabs
 * say of them. What becomes of a message is entered here.
 */
export class OutboxLedger extends Emitter {
  items = new OutboxItems();
  sender = null;
  records = null;
  channel = null;
  store = null;
  #isHearing = false; // taking in another tab's news

  /** Starts it for the person of this page; resolves when the stored messages are read. */
  async begin(store) {
    this.store = store;
    this.records = new StoredRecords(store.me.id);
    this.channel = new OutboxChannel(store.me.id, (news) => this.#heard(news));
    this.sender = new OutboxSender(this, store);
    await this.reload();
  }

  /** The server has this message, however that became known. */
  settle(message) {
    const item = this.items.settle(message.client_id);
    if (!item) return;
    this.tell([item]);
    if (this.#isHearing) return; // the tab that says so does the rest
    this.channel.post('settled', { message });
    this.write(this.records.remove(message.client_id));
    this.sender.wake();
  }

  /** Reads the storage again: other tabs may have changed it. */
  async reload() {
    const saved = this.items.savedIds();
    const records = await this.records.all().catch((error) => this.#giveUpStorage(error));
    if (!records) return;
    this.tell(this.items.replace(records, saved));
    // Settled while the storage was being read, or before this page had read it.
    for (const { client_id: id } of records) if (this.items.isSettled(id)) this.write(this.records.remove(id));
    this.sender.wake(); // what was just read may be due
  }

  /** About to emit: marks it so in the storage, and resolves with what to send, or null if it is gone. */
  async claim(item, conversationId) {
    const mark = (record) => ({ ...record, conversation_id: conversationId, uncertain: true });
    const record = await this.records.change(item.client_id, mark).catch((error) => {
      this.report(error);
      return mark(item);
    });
    if (!record && item.isKept) {
      this.tell(this.items.remove(item.client_id));
      return null;
    }
    Object.assign(item, { conversation_id: conversationId, uncertain: true, body: record?.body ?? item.body });
    this.channel.post('sending', { client_id: item.client_id });
    return item;
  }

  /** An attempt failed: with an error for good when `error` is given, else to be tried after `wait` ms. */
  notSent(item, { error = null, wait = 0, uncertain }) {
    if (this.items.get(item.client_id) !== item) return;
    const change = { state: error ? 'failed' : 'queued', error, uncertain };
    Object.assign(item, change, { retryAt: performance.now() + wait });
    this.tell([item]);
    this.channel.post(error ? 'put' : 'waiting', { client_id: item.client_id, record: this.items.recordOf(item), wait });
    this.write(this.records.change(item.client_id, (record) => ({ ...record, ...change })));
  }

  tell(items) {
    if (items.length) this.emit('change', { items });
  }

  #hearSettled(message) {
    this.#isHearing = true;
    this.store.receive(message);
    this.#isHearing = false;
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

  /** Lets a write to the storage run; one that fails is told. */
  write(writing) {
    writing.catch((error) => this.report(error));
  }

  #giveUpStorage(error) {
    this.report(error);
    this.records = new MemoryRecords(this.items.all.map((item) => this.items.recordOf(item)));
    this.sender.isAlone = true;
    return null;
  }

  /** The storage failed: messages live in memory only, and the person is told. */
  report(error) {
    console.warn('The outbox cannot use the browser storage:', error);
    this.store.emit('error', {
      message: 'This browser does not let the chat keep unsent messages. They are lost if you close or reload the page before they are sent.',
    });
  }
}
