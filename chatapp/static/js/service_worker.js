// Shows what is pushed while no page is open, and leads a click on it to its place. It keeps nothing for offline use.
// Served at /service-worker.js, with ICONS put before it. What it shares with the pages (on_demand/told.js) is written
// out here once more: not all browsers take modules as service workers.

const NEUTRAL = 'You have new messages';
const HOME = '/chat';
const PATIENCE = 2000; // ms to wait for one's turn

addEventListener('install', () => self.skipWaiting());
addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
addEventListener('push', (event) => event.waitUntil(inTurn(read(event.data))));
addEventListener('notificationclick', (event) => event.waitUntil(clicked(event.notification)));
addEventListener('pushsubscriptionchange', (event) => event.waitUntil(subscribeAgain(event.oldSubscription)));

/**
 * One after the other: what was read must not be shown again by a push that came right after the word of it. And while
 * no page shows or lists notifications; why: on_demand/system_notifications.js.
 */
async function inTurn(news) {
  let handling = null;
  const turn = () => {
    handling = pushed(news);
    return handling.catch(() => {}); // its event fails by it, below; the next one goes on
  };
  const signal = AbortSignal.timeout(PATIENCE);
  await navigator.locks.request('chat.notices', { signal }, turn).catch(() => {}); // a page can hang in its turn
  return handling ?? pushed(news);
}

async function pushed(news) {
  if (news.type === 'test') return show(news.title, { body: news.body, tag: 'test' });
  const about = await get('about', 'here').catch(() => null);
  if (about === undefined) return leave(); // nobody is logged in here any more
  if (!about || news.type === 'malformed') return show(NEUTRAL, { tag: 'news', data: { url: HOME } });
  if (news.user_id !== about.user_id) return undefined; // somebody who was logged in here before
  setBadge(news.unread);
  if (news.type === 'read') return withdraw(news);
  return news.type === 'message' ? tell(news, about) : undefined;
}

function read(data) {
  try {
    const news = data.json();
    const isWhole = news.type !== 'message' || (news.conversation_id && news.seq && news.title);
    return news.type && isWhole ? news : { type: 'malformed' };
  } catch {
    return { type: 'malformed' };
  }
}

/** One sight for each message: an open page in sight tells it itself, and a hidden one may have. */
async function tell(news, about) {
  const { conversation_id: id, user_id: userId, seq, title, body, count, url } = news;
  const pages = await openPages();
  for (const page of pages) page.postMessage({ type: 'pushed' }); // one that is cut off may not know yet
  if (pages.some((page) => page.visibilityState === 'visible')) return undefined;
  const key = `${userId} ${id}`;
  if ((await get('read', key).catch(() => 0)) >= seq) return undefined;
  const isNew = await raise('told', `shown ${key}`, seq).catch(() => true);
  const [shown] = await self.registration.getNotifications({ tag: tagOf(id) });
  if (!isNew && shown?.data?.seq > seq) return undefined; // overtaken by a later one
  // A browser wants to see something for each push: one that was shown already is shown again in its place, in silence.
  return show(title, {
    body: bodyOf(body, count),
    tag: tagOf(id),
    renotify: isNew,
    silent: !isNew || about.sound === false,
    timestamp: Date.now(),
    data: { url, user_id: userId, conversation_id: id, seq },
  });
}

async function withdraw({ user_id: userId, conversation_id: id, seq }) {
  await raise('read', `${userId} ${id}`, seq).catch(() => {});
  for (const shown of await self.registration.getNotifications({ tag: tagOf(id) })) {
    if (shown.data?.seq <= seq) shown.close();
  }
}

async function clicked(notification) {
  notification.close();
  const { url = HOME, user_id: userId, conversation_id: id, seq } = notification.data ?? {};
  const pages = await openPages();
  const page = pages.find((one) => one.focused) ?? pages.find((one) => one.visibilityState === 'visible') ?? pages[0];
  if (!page) return self.clients.openWindow(url);
  const focused = await page.focus().catch(() => page);
  return focused.postMessage({ type: 'open', url, user_id: userId, conversation_id: id, seq });
}

/** The browser has changed the address under which it is reached. */
async function subscribeAgain(old) {
  const about = await get('about', 'here').catch(() => undefined);
  if (!about?.push_key) return;
  const page = await (await fetch(HOME, { credentials: 'same-origin' })).text();
  const token = page.match(/name="csrf-token"\s+content="([^"]+)"/)?.[1];
  const fresh = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: about.push_key });
  const { endpoint, keys } = fresh.toJSON();
  const call = (method, body) => fetch('/api/push/subscriptions', {
    method,
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token ?? '' },
    body: JSON.stringify(body),
  });
  await call('POST', { endpoint, keys }); // where this fails, the next page that opens tells it
  if (old) await call('DELETE', { endpoint: old.endpoint });
}

async function leave() {
  const subscription = await self.registration.pushManager.getSubscription();
  await subscription?.unsubscribe();
}

function show(title, options) {
  return self.registration.showNotification(title, { icon: self.ICONS['icon_192.png'], badge: self.ICONS['badge_96.png'], ...options });
}

function setBadge(unread) {
  if (!Number.isInteger(unread)) return;
  if (unread) navigator.setAppBadge?.(unread).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}

/** The chat's own pages, whoever controls them. */
async function openPages() {
  const all = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return all.filter(({ url }) => /^\/chat(\/|$)/.test(new URL(url).pathname));
}

const tagOf = (conversationId) => `conversation-${conversationId}`;

function bodyOf(body, count) {
  return count > 1 ? `${count} new messages${body ? `\n${body}` : ''}` : body || 'New message';
}

// The database that pages and worker share; its shape is that of on_demand/told.js.

function open() {
  return new Promise((resolve, reject) => {
    const asking = indexedDB.open('chat.told', 1);
    asking.onupgradeneeded = () => ['told', 'read', 'about'].forEach((name) => asking.result.createObjectStore(name));
    asking.onsuccess = () => resolve(asking.result);
    asking.onerror = () => reject(asking.error);
  });
}

async function transact(store, mode, act) {
  const db = await open();
  try {
    return await new Promise((resolve, reject) => {
      const tx = db.transaction(store, mode);
      let result;
      act(tx.objectStore(store), (value) => { result = value; });
      tx.oncomplete = () => resolve(result);
      tx.onabort = () => reject(tx.error);
    });
  } finally {
    db.close();
  }
}

function get(store, key) {
  return transact(store, 'readonly', (values, done) => {
    values.get(key).onsuccess = (event) => done(event.target.result);
  });
}

/** Puts the number up to `seq`; whether it was lower before. */
function raise(store, key, seq) {
  return transact(store, 'readwrite', (values, done) => {
    values.get(key).onsuccess = (event) => {
      const isNew = !(event.target.result >= seq);
      if (isNew) values.put(seq, key);
      done(isNew);
    };
  });
}
