import { uuid } from '../lib/ids.js';
import { OutboxLedger } from './outbox_ledger.js';

/**
 * What one person has typed and the server is not known to have. Written to the browser's storage before
 * anything is sent, and shared by all tabs of that person. 'change' tells { items } that changed.
 */
class Outbox extends OutboxLedger {
  count() {
    return this.items.all.length;
  }

  /** The newest unsent message by place: 'u<user id>' for direct conversations, else 'c<conversation id>'. */
  newest() {
    return new Map(this.items.all.map((item) => [item.to_user_id === null ? `c${item.conversation_id}` : `u${item.to_user_id}`, item]));
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
  async add({ conversationId, userId, body, attachments = [] }) {
    const record = {
      client_id: uuid(),
      user_id: this.store.me.id,
      conversation_id: conversationId,
      to_user_id: userId,
      body,
      attachments, // as the server told of them when they were uploaded; what goes out is their ids
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
    if (!item || !(body.trim() || item.attachments.length) || item.uncertain || this.items.isInFlight(item)) return false;
    return this.#renew(item, { body, state: 'queued', error: null });
  }

  cancel(clientId) {
    const item = this.items.get(clientId);
    if (!item || this.items.isInFlight(item)) return false;
    this.#drop(item);
    this.channel.post('removed', { client_id: clientId });
    // Where the server may have the message, its files are no longer to be taken back: that changes nothing there.
    for (const { id } of item.attachments) this.store.discardFile(id);
    this.sender.wake();
    return true;
  }

  /** Forgets everything unsent of this person: for a chosen log-out. */
  async clear() {
    const items = this.items.clear();
    this.tell(items);
    this.channel.post('cleared', {});
    await this.records.clear();
  }

  async #save(item, record) {
    try {
      item.order = await this.records.add(record);
      item.isKept = true;
    } catch (error) {
      this.report(error);
    }
    item.isSaved = true;
    if (this.items.get(item.client_id) !== item) return; // cancelled meanwhile
    if (item.isKept) this.channel.post('put', { record: this.items.recordOf(item) });
    this.sender.wake();
  }

  #renew(item, change) {
    // The server knows this client id with another text: only a new one can be sent.
    if (item.error?.code === 'conflict') {
      this.#drop(item);
      this.channel.post('removed', { client_id: item.client_id });
      const { conversation_id: conversationId, to_user_id: userId, attachments } = item;
      this.add({ conversationId, userId, body: change.body ?? item.body, attachments });
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
    await this.records.change(item.client_id, apply).catch((error) => this.report(error));
    item.isSaved = true;
    if (isTooLate) return this.#keepEdit(item, change.body);
    if (this.items.get(item.client_id) === item) this.channel.post('put', { record: this.items.recordOf(item) });
    this.sender.wake();
  }

  /** The message goes out as it was; the new text is not lost, it becomes the draft. */
  async #keepEdit(item, body) {
    this.store.keepText(item, body);
    await this.reload();
    this.sender.wake();
  }

  #drop(item) {
    this.tell(this.items.remove(item.client_id));
    this.write(this.records.remove(item.client_id));
  }

}

export const outbox = new Outbox();
