// The part of the account page that is about this browser: notifications and sound.
import { ApiError } from '../lib/api.js';
import { part, setText } from '../lib/dom.js';
import * as push from './push.js';
import { isSoundOn } from './sound.js';
import { showTest, whyNot } from './system_notifications.js';
import { setHere } from './told.js';

const WORDS = {
  blocked: 'The browser blocks notifications from this site. Allow them in the settings beside the address, then load this page again.',
  off: 'Off. You hear of new messages only in the page.',
  on: 'On. You are told of new messages also while the chat is closed.',
};

export class BrowserSettings {
  constructor(root) {
    const { userId, loginId } = root.dataset;
    this.root = root;
    this.who = { userId: Number(userId), loginId: Number(loginId) };
    this.toggle = part('notifications-switch', root);
    this.test = part('notifications-test', root);
    this.toggle.addEventListener('change', () => this.#switch());
    this.test.addEventListener('click', () => this.#test());
  }

  async begin() {
    this.draw();
    await setHere({ user_id: this.who.userId, sound: isSoundOn() });
    await this.#try(() => push.keepUp(this.who));
    this.draw();
  }

  draw() {
    const state = push.stateOf();
    this.toggle.checked = state === 'on';
    this.toggle.disabled = state === 'impossible' || state === 'blocked';
    this.test.hidden = state !== 'on';
    const isPartly = state === 'on' && !push.isReached();
    setText(part('notifications-state', this.root), whyNot() ?? (isPartly ? push.WITHOUT_PUSH : WORDS[state]));
  }

  async #switch() {
    const { checked } = this.toggle;
    setText(part('notifications-said', this.root), '');
    await this.#try(() => (checked ? push.turnOn(this.who) : push.turnOff()));
    this.draw();
  }

  async #test() {
    const said = part('notifications-said', this.root);
    setText(said, '');
    const isDone = await this.#try(async () => {
      await showTest();
      if (push.isReached()) await push.askForTest();
    });
    if (isDone) setText(said, push.isReached() ? 'Sent. It comes once from this page and once from the server.' : 'Shown.');
  }

  async #try(act) {
    try {
      await act();
      return true;
    } catch (error) {
      setText(part('notifications-said', this.root), error instanceof ApiError ? error.message : 'That did not work in this browser.');
      return false;
    }
  }
}
