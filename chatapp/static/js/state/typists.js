const LASTS = 4500; // ms after the last word of somebody who may be gone

/** Who is writing where, as far as they have said so lately. */
export class Typists {
  #writing = new Map(); // conversation id -> user id -> timer

  constructor({ myId, changed }) {
    Object.assign(this, { myId, changed });
  }

  /** The ids of those who write in a conversation, who began first is first. */
  of(conversationId) {
    return [...(this.#writing.get(conversationId)?.keys() ?? [])];
  }

  heard({ conversation_id: conversationId, user_id: userId, on }) {
    if (userId === this.myId) return; // in another tab
    if (!on) return this.stopped(conversationId, userId);
    if (!this.#writing.has(conversationId)) this.#writing.set(conversationId, new Map());
    const here = this.#writing.get(conversationId);
    const isNew = !here.has(userId);
    clearTimeout(here.get(userId));
    here.set(userId, setTimeout(() => this.stopped(conversationId, userId), LASTS));
    if (isNew) this.changed(conversationId);
  }

  /** Somebody has sent it, or given up. */
  stopped(conversationId, userId) {
    const here = this.#writing.get(conversationId);
    if (!here?.has(userId)) return;
    clearTimeout(here.get(userId));
    here.delete(userId);
    if (!here.size) this.#writing.delete(conversationId);
    this.changed(conversationId);
  }
}
