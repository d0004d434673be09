// The box at the foot: grows, keeps drafts, counts down near the limit, sends.
import { hasKeyboard, part, setAttribute, setText } from '../lib/dom.js';
import { countCharacters } from '../lib/text.js';
import { formatNumber } from '../lib/time.js';
import { Attach } from './attach.js';

const COUNT_FROM = 500; // characters left
const IME_KEY = 229; // the key code while an input method composes

export class Composer {
  #timeline = null;

  /** send(body, attachments); typing: a TypingSignal */
  constructor(root, store, { send, typing }) {
    Object.assign(this, { limit: store.limits.body_chars, send, typing });
    this.box = part('message', root);
    this.button = part('send', root);
    this.count = part('message-count', root);
    this.error = part('message-error', root);
    part('composer', root).addEventListener('submit', (event) => this.#submit(event));
    this.box.addEventListener('input', () => {
      this.#typed();
      this.#tell();
    });
    this.box.addEventListener('keydown', (event) => this.#key(event));
    this.files = new Attach(root, store, {
      fault: (words) => setText(this.error, words),
      changed: () => this.#lookIdle(),
      due: (timeline) => this.#due(timeline),
      leave: () => (hasKeyboard.matches ? this.focus() : this.files.sources.button.focus({ preventScroll: true })),
    });
  }

  show(timeline) {
    this.#timeline = timeline;
    this.box.value = timeline.draft;
    this.files.show(timeline);
    this.#look();
  }

  /** Says to whom one writes. */
  address(name) {
    setAttribute(this.box, 'placeholder', name ? `Write to ${name}` : null);
    this.files.sources.address(name);
  }

  close() {
    this.typing.stop();
    this.#timeline = null;
    this.files.show(null);
  }

  /** Adds text to what is being written. */
  offer(text) {
    this.box.value = this.box.value ? `${this.box.value}\n${text}` : text;
    this.#typed();
  }

  focus() {
    if (this.box.getClientRects().length) this.box.focus({ preventScroll: true });
  }

  #typed() {
    this.#timeline?.setDraft(this.box.value);
    this.#look();
  }

  /** The others, that one is writing; a draft that comes back by itself is nobody's writing. */
  #tell() {
    const conversation = this.#timeline?.conversation;
    if (conversation && this.box.value.trim()) this.typing.keyed(conversation);
    else this.typing.stop();
  }

  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === IME_KEY) return;
    event.preventDefault();
    this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    this.#send();
    this.focus();
  }

  #send() {
    const body = this.box.value.trim();
    if (!(body || this.files.count) || !this.#timeline) return;
    const length = countCharacters(body);
    if (length > this.limit) {
      setText(this.error, tooLong(length, this.limit));
      return;
    }
    if (!this.files.settle()) return;
    const attachments = this.files.take();
    this.box.value = '';
    this.typing.stop();
    this.#look();
    this.send(body, attachments); // the timeline drops the draft once the message is as safe
  }

  /** The last file of a message that waited for it is there; it may be another conversation's. */
  #due(timeline) {
    if (timeline === this.#timeline) this.#send();
    else if (countCharacters(timeline.draft.trim()) <= this.limit) timeline.send(timeline.draft.trim(), timeline.tray.take());
  }

  #look() {
    const { box } = this;
    const length = box.value.length > this.limit - COUNT_FROM ? countCharacters(box.value.trim()) : 0;
    const left = this.limit - length;
    setText(this.count, left > COUNT_FROM ? '' : left < 0 ? `${formatNumber(-left)} too many` : `${formatNumber(left)} left`);
    setAttribute(this.count, 'data-over', left < 0 ? '' : null);
    setAttribute(box, 'aria-invalid', left < 0 ? 'true' : null);
    if (left >= 0) setText(this.error, '');
    this.#lookIdle();
    if (!CSS.supports('field-sizing', 'content')) fit(box);
  }

  #lookIdle() {
    setAttribute(this.button, 'data-idle', this.box.value.trim() || this.files.count ? null : '');
  }
}

export const tooLong = (length, limit) => `That message is too long: ${formatNumber(length)} of ${formatNumber(limit)} characters.`;

/** For browsers whose text boxes do not grow by themselves. */
export function fit(box) {
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
}
