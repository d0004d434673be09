// Being reached while no page is open: this browser's permission and its push subscription.
import { ApiError, del, get, post } from '../lib/api.js';
import { local } from '../lib/storage.js';
import { within } from '../lib/timers.js';
import { readPreference, writePreference } from '../components/preference.js';
import { isAllowed, registration, whyNot } from './system_notifications.js';
import { setHere } from './told.js';

const TOLD = 'chat.push'; // what the server was last told, and when
const DAY = 24 * 60 * 60 * 1000;
const PATIENCE = 10000; // ms for the browser's own push service
const SUBSCRIPTIONS = '/api/push/subscriptions';

export const WITHOUT_PUSH = 'Notifications work while the page is open; this browser could not be registered for when it is closed.';

/** 'impossible', 'blocked', 'off' or 'on'. */
export function stateOf() {
  if (whyNot()) return 'impossible';
  if (Notification.permission === 'denied') return 'blocked';
  return isAllowed() && readPreference('notifications') !== 'off' ? 'on' : 'off';
}

/** To be called on a click: asks for the permission. Resolves with the state then. */
export async function turnOn(who) {
  if ((await Notification.requestPermission()) !== 'granted') return stateOf();
  writePreference('notifications', 'on');
  local.remove(TOLD);
  await keepUp(who);
  return stateOf();
}

export async function turnOff() {
  writePreference('notifications', 'off');
  await forget();
}

/** Is the server known to reach this browser? */
export const isReached = () => Boolean(told()?.endpoint);

/**
 * Makes sure that the server can reach this browser for this log-in, { userId, loginId }: asked once a day, and when
 * any of it has changed. Resolves with whether it can.
 */
export async function keepUp(who) {
  if (stateOf() !== 'on') return false;
  const before = told();
  const name = `${who.userId} ${who.loginId}`;
  const isFresh = before?.name === name && Math.abs(Date.now() - before.at) < DAY;
  const subscription = await (await registration()).pushManager?.getSubscription();
  if (isFresh && (before.endpoint ?? null) === (subscription?.endpoint ?? null)) return isReached();
  const endpoint = await subscribe(subscription).catch((error) => {
    const isOurs = error instanceof ApiError && error.code !== 'not_found';
    if (!isOurs) console.info('no push here:', error.message);
    return isOurs ? undefined : null; // what passes is tried again with the next page, the rest tomorrow
  });
  if (endpoint !== undefined) local.set(TOLD, JSON.stringify({ name, endpoint, at: Date.now() }));
  return isReached();
}

/** Asks the server to send a push to this browser. */
export async function askForTest() {
  await post('/api/push/test', { endpoint: told().endpoint });
}

/** Nothing more is to come to this browser. */
export async function forget() {
  const { endpoint } = told() ?? {};
  local.remove(TOLD);
  if (whyNot()) return;
  const here = await navigator.serviceWorker.getRegistration();
  const subscription = await here?.pushManager?.getSubscription();
  const gone = endpoint ?? subscription?.endpoint;
  const results = await Promise.allSettled([
    subscription?.unsubscribe(),
    gone && del(SUBSCRIPTIONS, { endpoint: gone }, { timeout: 3000 }),
  ]);
  for (const { reason } of results) if (reason && !(reason instanceof ApiError)) console.warn('leaving the push service', reason);
}

async function subscribe(known) {
  const { public_key: key } = await get('/api/push/key');
  await setHere({ push_key: key });
  const { pushManager } = await registration();
  if (!pushManager) return null;
  let subscription = known;
  if (subscription && keyOf(subscription) !== key) {
    await subscription.unsubscribe();
    subscription = null;
  }
  const options = { userVisibleOnly: true, applicationServerKey: key };
  subscription ??= await within(PATIENCE, pushManager.subscribe(options), 'Registering with the push service');
  const { endpoint, keys } = subscription.toJSON();
  await post(SUBSCRIPTIONS, { endpoint, keys });
  return endpoint;
}

function keyOf(subscription) {
  const bytes = new Uint8Array(subscription.options.applicationServerKey ?? []);
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function told() {
  try {
    return JSON.parse(local.get(TOLD));
  } catch {
    return null; // not ours, or of another version
  }
}
