import { local } from '../lib/storage.js';

/** What is typed and not sent yet, kept per person who is logged in and per conversation (`place`). */
export class Drafts {
  #prefix;

  constructor(myId) {
    this.#prefix = `chat.draft.${myId}.`;
  }

  get(place) {
    return local.get(this.#prefix + place) ?? '';
  }

  set(place, text) {
    if (text) local.set(this.#prefix + place, text);
    else local.remove(this.#prefix + place);
  }

  clear() {
    for (const key of local.keys()) if (key.startsWith(this.#prefix)) local.remove(key);
  }
}
