// Logging out by choice clears what this person left in the browser; it asks first when something is unsent.
import { part, setText } from '../lib/dom.js';
import { plural } from '../lib/text.js';

export class LogOut {
  /** True from the moment of the choice: the page that ends is not news then. */
  chosen = false;

  /** clear: empties outbox and drafts. */
  constructor(outbox, clear) {
    this.clear = clear;
    this.form = part('log-out');
    this.dialog = part('leave-dialog');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (outbox.count()) this.#ask(outbox.count());
      else this.#go();
    });
    part('leave-stay').addEventListener('click', () => this.dialog.close());
    part('leave-go').addEventListener('click', () => this.#go());
  }

  #ask(count) {
    const [are, them] = count === 1 ? ['message is', 'it'] : ['messages are', 'them'];
    setText(part('leave-text'), `${count} ${are} still waiting to be sent. Logging out deletes ${them} from this browser.`);
    setText(document.getElementById('leave-title'), plural(count, 'A message is not sent yet', 'Some messages are not sent yet'));
    this.dialog.showModal();
  }

  async #go() {
    this.chosen = true;
    try {
      await this.clear();
    } catch (error) {
      console.warn('clearing before log-out', error); // the log-out itself matters more
    }
    this.form.submit();
  }
}
