/** A list of listeners by event type. */
export class Emitter {
  #listeners = new Map();

  /** Calls `listener` with the detail of each `type`; returns a function that ends it. */
  on(type, listener) {
    if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
    this.#listeners.get(type).add(listener);
    return () => this.#listeners.get(type).delete(listener);
  }

  emit(type, detail) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(detail);
      } catch (error) {
        // A listener's fault must not stop the delivery that told it; it still ends up as an uncaught error.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
