import { openDB } from '../vendor/idb.min.js';
import { within } from './timers.js';

const NAME = 'chat';
const VERSION = 1;
// Opening can hang for good (a stuck upgrade in another tab, some private modes).
const PATIENCE = 4000;

let opening = null;

/** The page's IndexedDB; rejects where there is none. Opened once, and again after the browser closed it. */
export function database() {
  opening ??= within(PATIENCE, open(), 'Opening the browser storage').catch((error) => {
    opening = null;
    throw error;
  });
  return opening;
}

function open() {
  if (typeof indexedDB === 'undefined') return Promise.reject(new Error('This browser has no IndexedDB.'));
  return openDB(NAME, VERSION, {
    upgrade(db) {
      const outbox = db.createObjectStore('outbox', { keyPath: 'order', autoIncrement: true });
      outbox.createIndex('client_id', 'client_id', { unique: true });
      outbox.createIndex('user_id', 'user_id');
      db.createObjectStore('leases', { keyPath: 'name' });
    },
    // A newer page in another tab wants to upgrade: let it, and open anew for the next use.
    blocking: (_current, _wanted, event) => {
      opening = null;
      event.target.close();
    },
    terminated: () => {
      opening = null;
    },
  });
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
