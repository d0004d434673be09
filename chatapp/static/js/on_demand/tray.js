// The files that are to go with what one writes in a conversation: chosen, being uploaded, there, or failed.
import { formatSize, keepPreview } from '../lib/attachments.js';
import { Emitter } from '../lib/emitter.js';
import { formatNumber } from '../lib/time.js';
import { inTurn, upload } from './upload.js';

const SHOWN = /^image\/(jpeg|png|gif|webp|avif|svg\+xml|bmp)$/;

const trays = new Set(); // those that hold something
let lastKey = 0;

/** Tells 'change'; 'due', when what was to be sent may go, and 'stopped', when it does not. Items: { key, file, name, size, kind, preview, state: 'waiting'|'uploading'|'ready'|'failed', share, words, attachment }. */
export class Tray extends Emitter {
  items = [];
  willSend = false; // as soon as all is there
  #timeline;
  #store;

  constructor(timeline, store) {
    super();
    this.#timeline = timeline;
    this.#store = store;
  }

  get isReady() {
    return this.items.every(({ state }) => state === 'ready');
  }

  get hasFailed() {
    return this.items.some(({ state }) => state === 'failed');
  }

  /** Takes files in, and returns in words which of them it does not. */
  add(files) {
    const { upload_bytes: most, attachments: count } = this.#store.limits;
    const refused = [];
    const fit = [...files].filter((file) => {
      if (file.size > most) refused.push(`“${file.name}” is too large. A file may have ${formatSize(most)} at most.`);
      else if (!file.size) refused.push(`“${file.name}” is empty.`);
      return file.size > 0 && file.size <= most;
    });
    const taken = fit.slice(0, Math.max(0, count - this.items.length));
    const left = fit.length - taken.length;
    if (left) refused.push(`A message can have ${formatNumber(count)} files at most: ${formatNumber(left)} ${left === 1 ? 'was' : 'were'} left out.`);
    const items = taken.map(makeItem);
    this.items.push(...items);
    this.#changed();
    for (const item of items) this.#upload(item);
    return refused.join(' ');
  }

  /** Takes one out again, also while it is uploaded. */
  remove(key) {
    const item = this.items.find((one) => one.key === key);
    if (!item) return;
    this.items = this.items.filter((one) => one !== item);
    this.#forget(item);
    this.#changed();
    this.#sendIfWanted();
  }

  retry(key) {
    const item = this.items.find((one) => one.key === key);
    Object.assign(item, { state: 'waiting', share: 0, words: '' });
    this.#changed();
    this.#upload(item);
  }

  /** They go out with the text as soon as the last one is there; or no longer. */
  sendWhenReady(willSend) {
    this.willSend = willSend;
    this.#changed();
    this.#sendIfWanted();
  }

  /** All that is here, for a message that goes out now. */
  take() {
    const attachments = this.items.map(({ attachment }) => attachment);
    for (const { preview, attachment } of this.items) if (preview) keepPreview(attachment.id, preview);
    this.items = [];
    this.willSend = false;
    this.#changed();
    return attachments;
  }

  clear() {
    for (const item of this.items) this.#forget(item);
    this.items = [];
    this.#changed();
  }

  async #upload(item) {
    const { signal } = (item.ends = new AbortController());
    const how = {
      store: this.#store,
      signal,
      progress: (share) => this.#show(item, { state: 'uploading', share, words: '' }),
      waiting: ({ code }) => this.#show(item, { share: 0, words: code === 'rate_limited' ? 'Waiting for its turn' : 'Waiting for the connection' }),
    };
    try {
      item.attachment = await inTurn(() => (signal.aborted ? null : upload(item.file, how)));
      if (item.attachment && signal.aborted) this.#store.discardFile(item.attachment.id);
      this.#show(item, { state: 'ready', share: 1 });
    } catch (error) {
      this.#show(item, { state: 'failed', words: error.code ? error.message : 'Something went wrong here.' });
      if (!error.code) throw error;
    } finally {
      this.#sendIfWanted();
    }
  }

  #show(item, change) {
    if (item.ends.signal.aborted) return;
    Object.assign(item, change);
    this.emit('change');
    if (item.state !== 'failed' || !this.willSend) return;
    this.willSend = false;
    this.emit('stopped');
  }

  #forget({ ends, attachment, preview }) {
    ends?.abort();
    if (attachment) this.#store.discardFile(attachment.id);
    if (preview) URL.revokeObjectURL(preview);
  }

  #sendIfWanted() {
    if (!this.willSend || !this.isReady) return;
    this.willSend = false;
    this.emit('due', { timeline: this.#timeline });
  }

  #changed() {
    if (!this.items.length) this.willSend = false;
    trays[this.items.length ? 'add' : 'delete'](this);
    this.emit('change');
  }
}

function makeItem(file) {
  const [kind] = file.type.split('/');
  return {
    key: (lastKey += 1),
    file,
    name: file.name,
    size: file.size,
    kind: ['image', 'video', 'audio'].includes(kind) ? kind : 'file',
    preview: SHOWN.test(file.type) ? URL.createObjectURL(file) : null,
    state: 'waiting',
    share: 0,
    words: '',
    attachment: null,
  };
}

export function clearTrays() {
  for (const tray of [...trays]) tray.clear();
}

// Files are in the page alone: the browser asks whoever leaves it with some.
addEventListener('beforeunload', (event) => trays.size && event.preventDefault());
