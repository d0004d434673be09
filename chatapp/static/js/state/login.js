import { ApiError, bootOf } from '../lib/api.js';
import { local } from '../lib/storage.js';

const WHO = 'chat.user'; // whose page was opened last in this browser

/**
 * Whether this browser is still logged in as the person of this page. Someone else may log in in another
 * tab, and the next connection then goes by that person's cookie.
 */
export class Login {
  isOver = false;
  #isProven = true; // at first the page is as new as its cookie

  /** `end(reason)` is told once, when it is over. */
  constructor({ myId, end }) {
    Object.assign(this, { myId, end });
    local.set(WHO, String(myId));
    addEventListener('storage', (event) => event.key === WHO && this.isMine());
  }

  /** Is it still so, as far as is known here, and with `userId` as the server has it now? */
  isMine(userId) {
    const last = local.get(WHO);
    const isMe = (userId === undefined || userId === this.myId) && (last === null || last === String(this.myId));
    if (!isMe) this.finish('other_user');
    else if (userId !== undefined) this.#isProven = true;
    return isMe && !this.isOver;
  }

  /** Makes sure, before anything goes out in this person's name. */
  async prove() {
    if (!this.#isProven && !this.isOver) this.isMine((await bootOf('/chat')).me.id);
    return this.#isProven && this.isMine();
  }

  /** Does a write. A new log-in in another tab makes this page's token stale; whose it is has to be seen first. */
  async asMe(write) {
    try {
      return await write();
    } catch (error) {
      if (error.code !== 'csrf_failed') throw error;
      this.doubt();
      if (!(await this.prove())) throw new ApiError('login_required', 'Someone else is logged in now.');
      return write();
    }
  }

  /** The cookie may be another one by now. */
  doubt() {
    this.#isProven = false;
  }

  finish(reason) {
    if (this.isOver) return;
    this.isOver = true;
    this.end(reason);
  }
}
