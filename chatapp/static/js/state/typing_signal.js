const EVERY = 2000; // ms between two words while keys come
const QUIET = 3000; // ms without a key, and one has stopped

/** Tells the others in a conversation that one is writing. */
export class TypingSignal {
  #conversation = null; // in which one is known to write
  #saidAt = 0;
  #again = null;
  #quiet = null;

  /** `say(conversation, isOn)` tells the server. */
  constructor(say) {
    this.say = say;
  }

  /** A key was pressed there. */
  keyed(conversation) {
    if (conversation !== this.#conversation) this.stop();
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.stop(), QUIET);
    const wait = !this.#conversation ? 0 : this.#saidAt + EVERY - performance.now();
    this.#conversation = conversation;
    if (wait <= 0) this.#sayOn();
    else this.#again ??= setTimeout(() => this.#sayOn(), wait);
  }

  /** What was written is sent, gone, or left. */
  stop() {
    clearTimeout(this.#quiet);
    clearTimeout(this.#again);
    this.#again = null;
    const conversation = this.#conversation;
    this.#conversation = null;
    if (conversation) this.say(conversation, false);
  }

  #sayOn() {
    clearTimeout(this.#again);
    this.#again = null;
    this.#saidAt = performance.now();
    this.say(this.#conversation, true);
  }
}
