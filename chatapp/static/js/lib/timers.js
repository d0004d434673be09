/** Times are milliseconds. */

/** `base` plus a random part of `spread`, so that many pages do not ask at the same moment. */
export const jitter = (base, spread) => base + Math.random() * spread;

/** The wait before try number `attempt` (from 0): doubles from a second up to `most`, half of it random. */
export function backoff(attempt, most = 15000) {
  const wait = Math.min(most, 1000 * 2 ** Math.min(attempt, 10));
  return jitter(wait / 2, wait / 2);
}

/** Calls `fn` at once, then at most every `ms`; the last call is never dropped. */
export function throttle(fn, ms) {
  let timer = null;
  let again = false;
  const rest = () => {
    timer = null;
    if (!again) return;
    again = false;
    run();
  };
  const run = () => {
    timer = setTimeout(rest, ms);
    fn();
  };
  return () => {
    if (timer === null) run();
    else again = true;
  };
}

/** `promise`, or a rejection with `what` when it takes longer than `ms`. */
export function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
