import { database } from '../lib/storage.js';

/**
 * The outbox of one person in the browser's storage, ordered by `order`, which the storage gives. Every
 * method rejects when the storage fails; a change is one transaction, so tabs cannot cross each other.
 */
export class StoredRecords {
  constructor(userId) {
    this.userId = userId;
  }

  async all() {
    return (await database()).getAllFromIndex('outbox', 'user_id', this.userId);
  }

  /** Resolves with the `order` once the record is on disk. */
  async add(record) {
    const tx = (await database()).transaction('outbox', 'readwrite', { durability: 'strict' });
    const order = await tx.store.add(record);
    await tx.done;
    return order;
  }

  /** Replaces a record by `change(record)`; null from it leaves the record. Resolves with the new one or null. */
  async change(clientId, change) {
    const tx = (await database()).transaction('outbox', 'readwrite');
    const record = await tx.store.index('client_id').get(clientId);
    const next = record ? change(record) : null;
    if (next) await tx.store.put(next);
    await tx.done;
    return next;
  }

  async remove(clientId) {
    const tx = (await database()).transaction('outbox', 'readwrite');
    const order = await tx.store.index('client_id').getKey(clientId);
    if (order !== undefined) await tx.store.delete(order);
    await tx.done;
  }

  async clear() {
    const tx = (await database()).transaction('outbox', 'readwrite');
    for (const order of await tx.store.index('user_id').getAllKeys(this.userId)) tx.store.delete(order);
    await tx.done;
  }
}

/** The same in memory, for browsers that give no storage: lasts as long as the page. */
export class MemoryRecords {
  #records;
  #order;

  /** Begins with `records`, in their order. */
  constructor(records) {
    this.#records = records;
    this.#order = Math.max(0, ...records.map((record) => record.order ?? 0));
  }

  async all() {
    return this.#records.map((record) => ({ ...record }));
  }

  async add(record) {
    this.#order += 1;
    this.#records.push({ ...record, order: this.#order });
    return this.#order;
  }

  async change(clientId, change) {
    const at = this.#records.findIndex((record) => record.client_id === clientId);
    const next = at === -1 ? null : change(this.#records[at]);
    if (next) this.#records[at] = next;
    return next;
  }

  async remove(clientId) {
    this.#records = this.#records.filter((record) => record.client_id !== clientId);
  }

  async clear() {
    this.#records = [];
  }
}
