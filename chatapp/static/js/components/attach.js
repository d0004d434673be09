// The files of a message that is being written: taken in, waited for, sent along. What they come to is on_demand/tray.js.
import { FileSources } from './file_sources.js';
import { loadModule } from './on_demand.js';

export class Attach {
  #timeline = null;
  #view = null;
  #modules = null;
  #loading = null;
  #adding = null; // while what takes files in is being loaded
  #isBlocked = false; // one was told that a file has failed, and nothing goes out

  /** fault(words): why something was not taken; changed(): what the tray shows is another; due(timeline): may go out now. */
  constructor(root, store, { fault, changed, due, leave }) {
    Object.assign(this, { root, store, fault, changed, due, leave });
    this.sources = new FileSources(root, {
      isOpen: () => Boolean(this.#timeline),
      expect: () => this.#load(),
      add: (files, aside) => this.add(files, aside),
      leave,
    });
    store.on('signed_out', () => this.clear());
  }

  get tray() {
    return this.#timeline?.tray ?? null;
  }

  get count() {
    return this.tray?.items.length ?? 0;
  }

  show(timeline) {
    this.#timeline = timeline;
    this.sources.reset();
    this.#isBlocked = false;
    this.#view?.show(this.tray);
  }

  /** `aside`: what else was not taken. */
  add(files, aside = '') {
    const adding = this.#add(files, aside).finally(() => {
      if (this.#adding === adding) this.#adding = null;
    });
    this.#adding = adding;
    return adding;
  }

  async #add(files, aside) {
    const timeline = this.#timeline;
    if (!timeline) return;
    if (aside) this.fault(aside);
    if (!files.length) return;
    const modules = await this.#load();
    if (!modules) return;
    timeline.tray ??= this.#makeTray(timeline, modules);
    this.#isBlocked = false;
    const words = [timeline.tray.add(files), aside].filter(Boolean).join(' ');
    if (timeline === this.#timeline) this.fault(words);
    this.#view.show(this.tray);
  }

  /** Whether a message may go now. If not, it is said why, or it goes by itself once the files are there. */
  settle() {
    const { tray } = this;
    if (this.#adding) {
      const timeline = this.#timeline;
      this.#adding.then(() => timeline.tray?.hasFailed === false && timeline.tray.sendWhenReady(true));
      return false;
    }
    if (!this.count || (tray.isReady && !tray.hasFailed)) return true;
    if (tray.hasFailed) this.#block();
    else tray.sendWhenReady(true);
    return false;
  }

  #block() {
    this.#isBlocked = true;
    this.fault('A file was not uploaded. Retry it or remove it, then send.');
    this.#view.revealFault();
  }

  /** What waited for its files does not go out. Whoever sent it may be elsewhere by now. */
  #stopped(timeline) {
    if (timeline === this.#timeline) return this.#block();
    const name = timeline.user?.display_name ?? this.store.title(timeline.conversation);
    return this.store.emit('error', { message: `Your message to ${name} was not sent: a file was not uploaded.` });
  }

  /** The tray is drawn; what was told of it may be true no longer. */
  #drawn() {
    if (this.#isBlocked && !this.tray?.hasFailed) {
      this.#isBlocked = false;
      this.fault('');
    }
    this.changed();
  }

  /** What goes with a message now. */
  take() {
    return this.count ? this.tray.take() : [];
  }

  /** Nothing of it is to be sent any more. */
  clear() {
    this.#modules?.tray.clearTrays();
  }

  #makeTray(timeline, { tray: { Tray } }) {
    const tray = new Tray(timeline, this.store);
    tray.on('due', () => this.due(timeline));
    tray.on('stopped', () => this.#stopped(timeline));
    return tray;
  }

  /** Both parts of it, or null. Whoever waits for them goes on in turn: files stay in the order in which they came. */
  #load() {
    this.#loading ??= loadModule(() => Promise.all([import('../on_demand/tray.js'), import('../on_demand/tray_view.js')])).then((modules) => {
      if (!modules) {
        this.#loading = null;
        return null;
      }
      const [tray, { TrayView }] = modules;
      this.#modules = { tray };
      this.#view = new TrayView(this.root, { changed: () => this.#drawn(), leave: this.leave });
      return this.#modules;
    });
    return this.#loading;
  }
}
