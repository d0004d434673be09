import { openDB } from '../vendor/idb.min.js';
import { within } from './timers.js';

// Opening can hang for good (a stuck upgrade in another tab, some private modes).
const PATIENCE = 4000;

/** The page's IndexedDB. */
export const database = opener('chat', 1, (db) => {
  const outbox = db.createObjectStore('outbox', { keyPath: 'order', autoIncrement: true });
  outbox.createIndex('client_id', 'client_id', { unique: true });
  outbox.createIndex('user_id', 'user_id');
  db.createObjectStore('leases', { keyPath: 'name' });
});

/** Gives an IndexedDB, or rejects. Opened once, and again after the browser closed it. */
export function opener(name, version, upgrade) {
  let opening = null;
  const terminated = () => {
    opening = null;
  };
  // A newer page in another tab wants to upgrade: let it, and open anew for the next use.
  const blocking = (_current, _wanted, event) => {
    opening = null;
    event.target.close();
  };
  // Where there is none, openDB throws: that, too, is to reject.
  const open = async () => openDB(name, version, { upgrade, blocking, terminated });
  return () => {
    opening ??= within(PATIENCE, open(), 'Opening the browser storage').catch((error) => {
      opening = null;
      throw error;
    });
    return opening;
  };
}

/** localStorage that stands in with memory where the browser refuses it. */
export const local = {
  get: (key) => attempt(() => localStorage.getItem(key), () => memory.get(key) ?? null),
  set: (key, value) => attempt(() => localStorage.setItem(key, value), () => memory.set(key, value)),
  remove: (key) => attempt(() => localStorage.removeItem(key), () => memory.delete(key)),
  keys: () => attempt(() => Object.keys(localStorage), () => [...memory.keys()]),
};

const memory = new Map();

function attempt(first, second) {
  try {
    return first();
  } catch {
    return second(); // refused or full: what is kept in memory is all this browser allows
  }
}
