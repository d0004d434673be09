// Says, while people are picked for a group, that there is one of exactly these people already.
import { part, setText } from '../lib/dom.js';
import { plural } from '../lib/text.js';

const PAUSE_MS = 250;

export class GroupOffer {
  #timer = 0;
  #asked = ''; // the ids last asked for; only their answer counts
  #found = [];
  #hasName = false;

  /** open(conversation): the offer was taken. */
  constructor(store, { open }) {
    Object.assign(this, { store, box: part('group-offer') });
    part('group-offer-open').addEventListener('click', () => open(this.#found[0]));
  }

  /** hasName: the new one would have a name of its own, so it may stand beside those that are there. */
  ask(userIds, hasName) {
    this.#hasName = hasName;
    const asked = [...userIds].sort((a, b) => a - b).join();
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.#found = [];
      clearTimeout(this.#timer);
      if (asked) this.#timer = setTimeout(() => this.#find(userIds, asked), PAUSE_MS);
    }
    this.#draw();
  }

  async #find(userIds, asked) {
    try {
      const found = await this.store.findGroups(userIds);
      if (asked !== this.#asked) return;
      this.#found = found;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#asked = ''; // the next change asks again
      console.warn('looking for groups', error); // only an offer: the group can be made without it
    }
    this.#draw();
  }

  #draw() {
    const [first, ...others] = this.#found;
    this.box.hidden = !first;
    if (!first) return;
    const name = first.title === null ? 'a group' : `“${first.title}”`;
    const more = others.length ? ` and ${others.length} more ${plural(others.length, 'group', 'groups')}` : '';
    const unnamed = !this.#hasName && this.#found.some((one) => one.title === null);
    const rest = unnamed ? ' Give the new one a name to have both.' : '';
    setText(part('group-offer-text'), `You already have ${name}${more} with exactly these people.${rest}`);
  }
}
