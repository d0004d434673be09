// Notifications of the system, shown through the service worker's registration so that a click finds its way later.
import { plural } from '../lib/text.js';

const WORKER = '/service-worker.js';
const PATIENCE = 2000; // ms to wait for one's turn
const ICON = document.querySelector('link[rel="apple-touch-icon"]')?.href;

export const tagOf = (conversationId) => `conversation-${conversationId}`;

/** Why this browser cannot, in words, or null. */
export function whyNot() {
  if (!globalThis.isSecureContext) return 'Notifications need a secure connection (https). This page was opened without one.';
  const needsInstalling = navigator.standalone === false && !('Notification' in globalThis);
  if (needsInstalling) return 'On this device notifications work once the chat is on the home screen: Share, then Add to Home Screen.';
  if (!('Notification' in globalThis) || !navigator.serviceWorker) return 'This browser has no notifications.';
  return null;
}

export const isAllowed = () => !whyNot() && Notification.permission === 'granted';

/** The registration, once its worker is at work. */
export async function registration() {
  await navigator.serviceWorker.register(WORKER, { scope: '/', updateViaCache: 'none' });
  return navigator.serviceWorker.ready;
}

/**
 * Runs `act` while no other page, nor the service worker, shows or lists notifications. Chromium forgets one that is
 * being shown while they are listed: it stays on the screen, and nothing can withdraw it.
 */
async function inTurn(act) {
  let acting = null;
  const turn = () => {
    acting = act();
    return acting.catch(() => {}); // who asked hears of it, below
  };
  const signal = AbortSignal.timeout(PATIENCE);
  await navigator.locks?.request('chat.notices', { signal }, turn).catch(() => {}); // a page can hang in its turn
  return acting ?? act();
}

/** about: { title, body, count, silent, data: { url, user_id, conversation_id, seq } } */
export async function show({ title, body, count, silent, data }) {
  const words = count > 1 ? `${count} new ${plural(count, 'message', 'messages')}\n${body}` : body;
  const options = { body: words, tag: tagOf(data.conversation_id), renotify: true, silent, timestamp: Date.now(), icon: ICON, data };
  const here = await registration();
  await inTurn(() => here.showNotification(title, options));
}

export async function showTest() {
  const body = 'This is how a new message is told.';
  const here = await registration();
  await inTurn(() => here.showNotification('Notifications work', { body, tag: 'test', renotify: true, icon: ICON }));
}

/** Closes what is shown and `isOver(data)`; of one conversation, or of all. */
export async function close(isOver, conversationId) {
  if (whyNot()) return;
  const here = await navigator.serviceWorker.getRegistration();
  if (!here) return;
  const filter = conversationId ? { tag: tagOf(conversationId) } : {};
  const all = await inTurn(() => here.getNotifications(filter));
  for (const shown of all) if (isOver(shown.data ?? {})) shown.close();
}
