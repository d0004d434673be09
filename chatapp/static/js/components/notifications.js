// Starts what tells of new messages, once the page is up: none of it is needed to show the page.

/** Resolves with a Notifications (on_demand/notifications.js); null where it could not be loaded. */
export async function startNotifications(store, page) {
  const early = [];
  const stop = store.on('arrived', (news) => early.push(news));
  try {
    await idle();
    const { Notifications } = await import('../on_demand/notifications.js');
    const notifications = new Notifications(store, page);
    stop();
    store.on('arrived', (news) => notifications.arrived(news));
    for (const news of early) notifications.arrived(news);
    return notifications;
  } catch (error) {
    console.warn('new messages are not told outside their conversation', error); // a newer version is being served
    stop();
    return null;
  }
}

function idle() {
  const wait = globalThis.requestIdleCallback ?? ((go) => setTimeout(go, 200));
  return new Promise((go) => wait(go, { timeout: 2000 }));
}
