// Starts what tells of new messages, once the page is up: none of it is needed to show the page.
import { backoff } from '../lib/timers.js';

const TRIES = 6; // within a few minutes; a newer version may be served by now

/** `page` is the ChatPage. Resolves with a Notifications (on_demand/notifications.js); null where it could not be loaded. */
export async function startNotifications(page, loginId) {
  const { store, conversation } = page;
  const early = [];
  const stop = store.on('arrived', (news) => early.push(news));
  await idle();
  const module = await load();
  stop();
  if (!module) return null;
  const notifications = new module.Notifications(store, {
    loginId,
    open: (target, url) => open(page, target, url),
    place: () => conversation.timeline?.conversationId ?? null,
    leave: () => conversation.timeline && conversation.focus(),
  });
  store.on('arrived', (news) => notifications.arrived(news));
  for (const news of early) notifications.arrived(news);
  return notifications;
}

async function load() {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    try {
      return await import('../on_demand/notifications.js');
    } catch (error) {
      console.warn('new messages are not told outside their conversation yet', error);
      await new Promise((go) => setTimeout(go, backoff(attempt, 60000)));
    }
  }
  return null;
}

/** Where a notice leads to; one of a page whose log-in is over, or about nothing here, by its address. */
async function open(page, target, url) {
  if (url && (!target || page.store.login.isOver)) location.assign(url);
  else if (await page.isHere(target)) page.open(target);
}

function idle() {
  const wait = globalThis.requestIdleCallback ?? ((go) => setTimeout(go, 200));
  return new Promise((go) => wait(go, { timeout: 2000 }));
}
