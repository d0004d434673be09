// What the tabs of this browser know of each other: each holds shared Web Locks that say whether it is in sight, has
// the focus, and which conversation it then shows. They go with the tab, however it ends. On plain http there are none,
// and a tab knows of itself alone.

export class Tabs {
  #held = new Map(); // name -> what lets it go

  /** `place()`: the id of the conversation that this tab shows, or null. */
  constructor(userId, place) {
    Object.assign(this, { prefix: `chat.tab.${userId}.`, place });
    for (const type of ['focus', 'blur', 'pageshow', 'pagehide']) addEventListener(type, () => this.update());
    document.addEventListener('visibilitychange', () => this.update());
    this.update();
  }

  get isInSight() {
    return document.visibilityState === 'visible';
  }

  get hasFocus() {
    return this.isInSight && document.hasFocus();
  }

  /** To be called when another conversation is shown. */
  update() {
    if (!navigator.locks) return;
    const wanted = new Set(this.#own());
    for (const [name, letGo] of this.#held) if (!wanted.has(name)) letGo();
    for (const name of wanted) if (!this.#held.has(name)) this.#hold(name);
  }

  /** { isInSight, hasFocus, isReading(conversationId) } of all tabs together. */
  async look() {
    const names = new Set(this.#own());
    const { held = [] } = (await navigator.locks?.query().catch(() => null)) ?? {};
    for (const { name } of held) if (name.startsWith(this.prefix)) names.add(name);
    const has = (what) => names.has(this.prefix + what);
    return { isInSight: has('sight'), hasFocus: has('focus'), isReading: (id) => has(`reads.${id}`) };
  }

  #own() {
    const id = this.place();
    const what = [this.isInSight && 'sight', this.hasFocus && 'focus', this.hasFocus && id && `reads.${id}`];
    return what.filter(Boolean).map((one) => this.prefix + one);
  }

  #hold(name) {
    const held = new Promise((resolve) => {
      this.#held.set(name, () => {
        this.#held.delete(name);
        resolve();
      });
    });
    navigator.locks.request(name, { mode: 'shared' }, () => held).catch(() => this.#held.delete(name));
  }
}
