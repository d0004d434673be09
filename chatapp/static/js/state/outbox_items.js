const GRACE = 1500; // ms in which the tab where a message was written sends it itself
const ELSEWHERE = 15000; // ms after which another tab's send no longer counts as going on
const SETTLED_KEPT = 2000;

/** The unsent messages in memory, in the order in which they are to go. */
export class OutboxItems {
  all = [];
  #settled = new Set(); // client ids the server is known to have

  get(clientId) {
    return this.all.find((item) => item.client_id === clientId);
  }

  isSettled(clientId) {
    return this.#settled.has(clientId);
  }

  isInFlight(item) {
    return item.isInFlight || item.elsewhereUntil > performance.now();
  }

  put(record, isSaved = false) {
    const item = { attachments: [], ...record, isSaved, isKept: isSaved, isInFlight: false, elsewhereUntil: 0, retryAt: 0, attempts: 0 };
    this.all.push(item);
    return item;
  }

  /** What is stored of an item. */
  recordOf({ client_id, user_id, conversation_id, to_user_id, body, attachments, created_at, state, error, uncertain, order }) {
    return { client_id, user_id, conversation_id, to_user_id, body, attachments, created_at, state, error, uncertain, order };
  }

  savedIds() {
    return new Set(this.all.filter((item) => item.isKept && !item.isInFlight).map((item) => item.client_id));
  }

  /** Takes what the storage holds; `saved` are those that had to be in it. Returns what changed. */
  replace(records, saved) {
    const stored = new Set(records.map((record) => record.client_id));
    const changed = [];
    for (const id of saved) if (!stored.has(id)) changed.push(...this.remove(id));
    for (const record of records) changed.push(...this.#take(record, 0));
    this.#sort();
    return changed;
  }

  /** Another tab added or changed an item. */
  hear(record) {
    const changed = this.#take(record, performance.now() + GRACE);
    this.#sort();
    return changed;
  }

  remove(clientId) {
    const item = this.get(clientId);
    if (!item) return [];
    this.all = this.all.filter((one) => one !== item);
    return [item];
  }

  clear() {
    const items = this.all;
    this.all = [];
    return items;
  }

  /** The server has it; returns the item that was pending, if there was one. */
  settle(clientId) {
    if (!this.#settled.has(clientId)) this.#settled.add(clientId);
    if (this.#settled.size > SETTLED_KEPT) this.#settled.delete(this.#settled.values().next().value);
    return this.remove(clientId)[0];
  }

  sendingElsewhere(clientId) {
    const item = this.get(clientId);
    if (!item) return [];
    item.elsewhereUntil = performance.now() + ELSEWHERE;
    item.uncertain = true;
    return [item];
  }

  waitingElsewhere(clientId, wait) {
    const item = this.get(clientId);
    if (!item) return [];
    Object.assign(item, { elsewhereUntil: 0, retryAt: performance.now() + wait });
    return [item];
  }

  /** The items of one lane as the view gets them. Behind one that waits, the others are queued. */
  shown(lane, { isReady }) {
    const now = performance.now();
    let isHeldUp = !isReady;
    return lane.map((item) => {
      const isWaiting = item.retryAt > now && !this.isInFlight(item);
      if (item.state !== 'failed' && isWaiting) isHeldUp = true;
      return {
        key: item.client_id,
        client_id: item.client_id,
        sender_id: item.user_id,
        body: item.body,
        attachments: item.attachments,
        created_at: item.created_at,
        state: this.#stateOf(item, isHeldUp),
        error: item.error,
        uncertain: item.uncertain,
        pending: true,
      };
    });
  }

  #stateOf(item, isHeldUp) {
    if (item.state === 'failed') return 'failed';
    return this.isInFlight(item) || !isHeldUp ? 'sending' : 'queued';
  }

  #take(record, retryAt) {
    if (this.#settled.has(record.client_id)) return [];
    const item = this.get(record.client_id);
    if (!item) {
      const fresh = this.put(record, true);
      fresh.retryAt = retryAt;
      return [fresh];
    }
    if (item.isInFlight || !item.isSaved) return [];
    const isSame = item.body === record.body && item.state === record.state && item.uncertain === record.uncertain;
    Object.assign(item, record, { isKept: true }, record.state === 'failed' ? { elsewhereUntil: 0 } : {});
    return isSame ? [] : [item];
  }

  #sort() {
    // What is not stored yet has no order and comes last, as it was written.
    this.all.sort((a, b) => (a.order ?? Infinity) - (b.order ?? Infinity) || 0);
  }
}
