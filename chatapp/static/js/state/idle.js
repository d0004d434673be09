const AWAY_AFTER = 5 * 60 * 1000; // ms without a sign of anybody
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'touchstart', 'wheel', 'focus'];

/** Whether somebody sits before this tab. */
export class Idle {
  isAway = false;
  #said = false; // as the server was told
  #timer = null;
  #lastSign = performance.now();

  constructor({ request }) {
    this.request = request;
  }

  /** Begins to look for signs. */
  watch() {
    for (const sign of SIGNS) addEventListener(sign, () => this.#sign(), { capture: true, passive: true });
    this.#look();
  }

  /** For the connect, which says it too. */
  say() {
    this.#said = this.isAway;
    return this.isAway;
  }

  /** Says it where it has changed since. */
  tell() {
    if (this.#said === this.isAway) return;
    const isAway = this.say();
    this.request('presence_set', { is_away: isAway }).catch(() => {
      this.#said = !isAway; // the next sign, or the next connect, says it again
    });
  }

  #sign() {
    this.#lastSign = performance.now();
    if (this.isAway) this.#turn(false);
  }

  #turn(isAway) {
    this.isAway = isAway;
    this.tell();
    this.#look();
  }

  #look() {
    clearTimeout(this.#timer);
    const left = this.#lastSign + AWAY_AFTER - performance.now();
    if (left > 0) this.#timer = setTimeout(() => this.#look(), left);
    else if (!this.isAway) this.#turn(true);
  }
}
