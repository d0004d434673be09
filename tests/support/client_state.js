// Runs in a plain page of the app, for somebody who is logged in: the app's own state, connected, with nothing
// that draws it. What tests do with it is `window.client`.
async (path) => {
  const main = document.querySelector('script[type="module"][src$="/js/main.js"]').src;
  const load = (name) => import(new URL(name, main));
  const [{ bootOf }, { connect, connection }, { outbox }, { createStore }] = await Promise.all(
    ['lib/api.js', 'socket.js', 'state/outbox.js', 'state/store.js'].map(load),
  );
  const store = createStore(await bootOf(path));
  const shown = new Map(); // conversation id -> timeline that was opened and is still there
  const outcomes = []; // of what was asked for and not waited for: { what, code, message }
  let running = 0;

  const show = (target) => {
    const timeline = store.timeline(target);
    const note = () => timeline.conversationId !== null && shown.set(timeline.conversationId, timeline);
    timeline.on('became', note);
    timeline.on('gone', () => shown.delete(timeline.conversationId));
    note();
    return timeline;
  };
  const timelineOf = (target) => shown.get(target.conversationId) ?? show(target);

  const commands = {
    open: (target) => timelineOf(target).open(),
    close: (target) => timelineOf(target).close(),
    send: (target, body) => timelineOf(target).send(body),
    read: (target, seq) => timelineOf(target).markRead(seq ?? store.conversation(target.conversationId).last_seq),
    lookAround: (target, seq) => timelineOf(target).isLoaded && timelineOf(target).jumpTo(seq),
    lookAtEnd: (target) => timelineOf(target).jumpToEnd(),
    markUnreadFrom: (target, seq) => timelineOf(target).markUnreadFrom(seq),
    // As when the network has just gone; the app itself comes back.
    cut: () => dispatchEvent(new Event('offline')),
  };

  const run = (name, values) => (commands[name] ? commands[name](...values) : store[name](...values));

  const windowOf = ({ window: { messages, hasOlder, hasNewer }, isOpen, items }) => ({
    messages: messages.map(({ key, ...message }) => message),
    hasOlder,
    hasNewer,
    isOpen,
    shown: items.filter(({ pending }) => !pending).map(({ seq }) => seq),
  });

  const loaded = () => [...shown].filter(([, timeline]) => timeline.isLoaded && timeline.conversation);

  window.client = {
    store,

    /** Does it to the end; the id of the conversation that came of it, or the code of the refusal. */
    async do(name, values) {
      try {
        const result = await run(name, values);
        return { id: result?.id ?? null };
      } catch (error) {
        if (error.code === undefined) throw error;
        return { code: error.code, message: error.message };
      }
    },

    /** Begins it and does not wait; what comes of it is in `outcomes`. */
    begin(name, values) {
      running += 1;
      const done = ({ code, message }) => outcomes.push({ what: name, code, message });
      window.client.do(name, values).then(done, (error) => done({ code: 'fault', message: `${error}\n${error.stack}` }))
        .finally(() => { running -= 1; });
    },

    /** All of it as plain data. */
    read: () => ({
      me: { ...store.me },
      total_unread: store.totalUnread(),
      list: store.conversations().map(({ id }) => id),
      archived: store.archived().map(({ id }) => id),
      people: store.people().map((user) => [user.id, user.display_name]),
      conversations: Object.fromEntries(store.known.all().map((conversation) => [conversation.id, { ...conversation }])),
      windows: Object.fromEntries(loaded().map(([id, timeline]) => [id, windowOf(timeline)])),
    }),

    /** What is under way. */
    pending: () => ({
      running,
      isConnected: store.isConnected,
      unsent: outbox.items.all.map(({ body, state, error, isSaved }) => ({ body, state, code: error?.code, isSaved })),
      outcomes: outcomes.splice(0),
    }),
  };
  connect({ store });
}
