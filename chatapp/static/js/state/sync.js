import { backoff, jitter } from '../lib/timers.js';

const ROUNDS = 50; // pages of 200 conversations
const CHECK = 60000; // ms between two quiet checks while the page is visible
const APART = 1000; // ms between two syncs that were asked for by single events

/** Asks the server what was missed: after a connect, when the tab wakes, on a hole, and every minute. */
export class Sync {
  #isRunning = false;
  #again = false;
  #timer = null;
  #attempt = 0;
  #ended = -Infinity; // when the last one ended

  /** `done()` is called after each sync, whatever came of it except a lost connection. */
  constructor({ store, request, done }) {
    Object.assign(this, { store, request, done });
  }

  /** Begins to watch the tab; `wake()` is told when it comes back. */
  watch(wake) {
    addEventListener('online', wake);
    addEventListener('pageshow', (event) => event.persisted && wake());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake());
    this.#checkLater();
  }

  /** A little later, together with what else is asked for until then. */
  soon() {
    const rest = Math.max(0, this.#ended + APART - performance.now());
    if (this.#timer === null) this.#later(Math.max(jitter(300, 200), rest));
  }

  async now() {
    if (this.#isRunning) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.store.isConnected) return;
    this.#isRunning = true;
    let failure = null;
    do {
      this.#again = false;
      failure = await this.#run().then(() => null, (error) => error);
    } while (this.#again && !failure);
    this.#isRunning = false;
    this.#ended = performance.now();
    this.#finish(failure);
  }

  async #run() {
    let isPartial = false;
    for (let round = 0; round < ROUNDS; round += 1) {
      const askedAt = performance.now();
      const cursors = this.store.cursors();
      const { newestId, newestChangeId } = this.store.crowd;
      const ack = await this.request('sync', { cursors, newest_user_id: newestId, newest_change_id: newestChangeId });
      if (!this.store.login.isMine(ack.user_id)) return;
      for (const id of ack.removed) this.store.removeConversation(Number(id), askedAt);
      for (const conversation of ack.conversations) this.store.mergeConversation(conversation, askedAt);
      for (const [id, seq] of Object.entries(ack.reads)) this.store.takeRead(Number(id), seq, askedAt);
      if (ack.users) this.store.crowd.take(ack);
      if (ack.changed_users) this.store.takeChanges(ack, askedAt);
      if (ack.account) this.store.accountChanged(ack.account, askedAt);
      if (ack.settings) this.store.takeSettings(ack.settings, askedAt);
      // The most recent come first: when none of a page was known, the rest is older still.
      const isNewsForUs = ack.conversations.some((conversation) => conversation.id in cursors);
      isPartial = ack.more && !isNewsForUs;
      if (!ack.more || !isNewsForUs) break;
    }
    this.store.resumeTimelines(isPartial);
  }

  #finish(failure) {
    if (!this.store.isConnected) return;
    if (!failure) this.#attempt = 0;
    else if (failure.code !== 'bad_request') {
      // A fault of ours must be seen, and must not keep the page from asking again.
      if (failure.code === undefined) this.store.report(failure);
      const wait = (failure.retryAfter ?? 0) * 1000 + backoff(this.#attempt++);
      clearTimeout(this.#timer);
      this.#later(wait);
    }
    this.done(failure);
  }

  #later(ms) {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.now();
    }, ms);
  }

  #checkLater() {
    setTimeout(() => {
      if (document.visibilityState === 'visible') this.now();
      this.#checkLater();
    }, jitter(CHECK * 0.9, CHECK * 0.2));
  }
}
