import { ApiError } from './lib/api.js';
import { jitter } from './lib/timers.js';
import { Connection } from './state/connection.js';
import { io } from './vendor/socket.io.esm.min.js';

/** How this page is connected; see Connection. */
export const connection = new Connection();

/** What the server tells, and whom it concerns here. */
const dispatch = {
  message_created: (store, { message }) => store.receive(message),
  message_changed: (store, { message }) => store.receive(message),
  read_marked: (store, data) => store.readMarked(data.conversation_id, data.user_id, data.last_read_seq),
  conversation_added: (store, { conversation }) => store.mergeConversation(conversation),
  conversation_changed: (store, { conversation }) => store.patchConversation(conversation),
  conversation_removed: (store, { conversation }) => store.removeConversation(conversation.id),
  head: (store, { conversation_id: id, version }) => store.head(id, version),
  presence: (store, word) => store.presence.heard(word),
  typing: (store, word) => store.typists.heard(word),
  user_added: (store, { user }) => store.userAdded(user),
  user_changed: (store, { user }) => store.userChanged(user),
  account_changed: (store, account) => store.accountChanged(account),
  signed_out: (store, { reason }) => store.endSession(reason),
};

const OPTIONS = {
  transports: ['websocket', 'polling'],
  tryAllTransports: true,
  timeout: 8000,
  reconnectionDelay: 1000,
  reconnectionDelayMax: 5000,
  randomizationFactor: 0.5,
};

let socket = null;
let isOver = false; // disconnected on purpose
let lastHeard = new Date();
let retry = null;

/** Opens the socket and keeps it open; `url` is the server's origin, by default this page's. */
export function connect({ url = '', store }) {
  // The server compares who this page is for with whom the cookie logs in by now.
  const auth = (give) => give({ user_id: store.me.id, is_away: store.idle.say() });
  socket = io(`${url}/chat`, { ...OPTIONS, auth });
  for (const [event, handle] of Object.entries(dispatch)) socket.on(event, (data) => handle(store, data));
  socket.on('connect', () => up(store));
  socket.on('disconnect', (reason) => down(store, reason));
  socket.on('connect_error', (error) => refused(store, error));
  addEventListener('offline', () => drop());
}

/** Disconnects for good. */
export function disconnect() {
  isOver = true;
  clearTimeout(retry);
  socket?.disconnect();
  connection.failed();
}

/** The tab is back: connects at once instead of waiting for the next attempt. */
export function wake() {
  if (!socket || isOver || socket.connected) return;
  socket.disconnect().connect();
}

/**
 * Sends an event; resolves with its ack. Rejects with an ApiError: the server's, `timeout` (no ack within
 * `timeout` ms) or `offline` (no connection, or it went before the ack). After these two the server may
 * have acted or not.
 */
export function request(event, payload, { timeout = 10000 } = {}) {
  if (!socket?.connected) return Promise.reject(new ApiError('offline', 'There is no connection.'));
  const asked = Date.now();
  return new Promise((resolve, reject) => {
    socket.timeout(timeout).emit(event, payload, (failure, ack) => {
      if (!failure && ack?.ok) resolve(ack);
      else reject(failure ? unanswered(asked) : refusal(ack));
    });
  });
}

function unanswered(asked) {
  if (!socket.connected) return new ApiError('offline', 'The connection went before the answer came.');
  // Nothing at all was heard since: the connection is dead, whatever the browser believes.
  if (lastHeard.getTime() < asked) drop();
  return new ApiError('timeout', 'The server did not answer in time.');
}

function refusal(ack) {
  const { code, message, retry_after: retryAfter } = ack?.error ?? {};
  return new ApiError(code ?? 'unavailable', message ?? 'The server gave no answer.', retryAfter);
}

function up(store) {
  clearTimeout(retry);
  const { engine } = socket.io;
  heard();
  engine.on('packet', heard);
  engine.on('upgrade', ({ name }) => connection.up(name));
  connection.up(engine.transport.name);
  store.connected();
}

function down(store, reason) {
  // A heartbeat that stayed away was missed only now: the connection went when it was last heard.
  connection.lost(reason === 'ping timeout' ? lastHeard : new Date());
  store.disconnected();
  if (reason === 'io server disconnect') retryLater();
}

function refused(store, error) {
  connection.failed();
  if (error.message === 'login_required') store.endSession('login_required');
  else if (!socket.active) retryLater();
}

/** For what the library takes as final: the server closed or refused the connection, but may take it again. */
function retryLater() {
  clearTimeout(retry);
  if (!isOver) retry = setTimeout(() => socket.connect(), jitter(1000, 4000));
}

function drop() {
  socket.io.engine?.close();
}

function heard() {
  lastHeard = new Date();
}
