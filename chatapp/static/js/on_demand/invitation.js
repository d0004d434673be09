// Offers notifications to who has conversations and has not decided yet; the browser itself is asked on the click.
import { part } from '../lib/dom.js';
import { showToast } from '../components/toast.js';
import { readPreference, writePreference } from '../components/preference.js';
import { WITHOUT_PUSH, isReached, stateOf, turnOn } from './push.js';

const ON = 'Notifications are on. Your account page has a switch for them.';
const BLOCKED = 'The browser blocks notifications from this site. You can allow them beside the address.';

export class Invitation {
  constructor(store, who) {
    Object.assign(this, { store, who, root: part('invitation') });
    store.on('conversations', () => this.show());
    part('invitation-go', this.root).addEventListener('click', () => this.#go());
    part('invitation-close', this.root).addEventListener('click', () => this.#end());
    this.show();
  }

  show() {
    const mayAsk = stateOf() === 'off' && Notification.permission === 'default';
    this.root.hidden = !mayAsk || readPreference('invitation') === 'over' || !this.store.conversations().length;
  }

  async #go() {
    const state = await turnOn(this.who);
    if (state === 'on') showToast(isReached() ? ON : WITHOUT_PUSH);
    if (state === 'blocked') showToast(BLOCKED);
    if (state !== 'off') this.#end();
  }

  #end() {
    writePreference('invitation', 'over');
    const hadFocus = this.root.contains(document.activeElement);
    this.show();
    if (hadFocus) part('people-search').focus();
  }
}
