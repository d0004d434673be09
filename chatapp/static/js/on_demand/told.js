// What this browser has told of, and who is logged in here: shared by all pages and the service worker, which has the
// same written out once more. A database of its own, so that pages of an older version never wait for it.
import { opener } from '../lib/storage.js';

const HERE = 'here';
const database = opener('chat.told', 1, (db) => ['told', 'read', 'about'].forEach((name) => db.createObjectStore(name)));

/** Whether nobody in this browser has told of this message, or a later one, in this `way` yet. One tab hears yes. */
export async function claim(way, userId, conversationId, seq) {
  try {
    const tx = (await database()).transaction('told', 'readwrite');
    const key = `${way} ${userId} ${conversationId}`;
    const isNew = !((await tx.store.get(key)) >= seq);
    if (isNew) await tx.store.put(seq, key);
    await tx.done;
    return isNew;
  } catch (error) {
    console.warn('notifications cannot use the browser storage:', error);
    return true; // rather told twice than not at all
  }
}

/** Remembers for the service worker who is logged in here, and how it is wanted: { user_id, sound, push_key }. */
export async function setHere(change) {
  await keep(async (store) => {
    const before = await store.get(HERE);
    const isSame = change.user_id === undefined || before?.user_id === change.user_id;
    if (before || change.user_id) await store.put({ ...(isSame ? before : {}), ...change }, HERE);
  });
}

/** Nobody, if it was this one. */
export async function leaveHere(userId) {
  await keep(async (store) => {
    if ((await store.get(HERE))?.user_id === userId) await store.delete(HERE);
  });
}

async function keep(change) {
  try {
    const tx = (await database()).transaction('about', 'readwrite');
    await change(tx.store);
    await tx.done;
  } catch (error) {
    console.warn('notifications cannot use the browser storage:', error);
  }
}
