// One file on its way to the server: with progress, tried again by itself where the connection is to blame.
import { ApiError, token, understand } from '../lib/api.js';
import { backoff } from '../lib/timers.js';
import { connection } from '../socket.js';

const STALLED = 30000; // ms without any progress, after which the connection counts as lost
const LOOKED_AT = 120000; // ms for an answer once all is there: pictures wait for their turn to be encoded
const AT_ONCE = 3; // the server takes four of one person
const PASSING = new Set(['offline', 'timeout', 'unavailable', 'rate_limited']);
const PASSING_STATUS = new Set([408, 502, 503, 504]);

let free = AT_ONCE;
const queue = [];

/** Does `work` when it is its turn: a few at a time, in the order in which they were asked for. */
export async function inTurn(work) {
  if (free) free -= 1;
  else await new Promise((go) => queue.push(go));
  try {
    return await work();
  } finally {
    if (queue.length) queue.shift()();
    else free += 1;
  }
}

/** Resolves with the attachment; rejects with an ApiError that trying again will not mend. */
export async function upload(file, { store, signal, progress, waiting }) {
  for (let attempt = 0; ; attempt += 1) {
    await mustBeReadable(file);
    try {
      return await store.login.asMe(() => send(file, { signal, progress }));
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      waiting(error);
      await pause(waitFor(error, attempt), signal);
    }
  }
}

/** As long as it is said to; but where all is sent again each time, not every second for as long as the server is in trouble. */
function waitFor({ code, retryAfter }, attempt) {
  const said = (retryAfter ?? 0) * 1000;
  return code === 'rate_limited' && said ? said : Math.max(said, backoff(attempt));
}

/** A file that was moved or changed meanwhile fails like a connection would. */
async function mustBeReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new ApiError('bad_request', 'This file cannot be read any more.');
  }
}

function isPassing({ code, status }) {
  return PASSING.has(code) || PASSING_STATUS.has(status);
}

function send(file, { signal, progress }) {
  const form = new FormData();
  form.append('file', file, file.name);
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new ApiError('aborted', 'No longer wanted.'); // it was while this one waited
    const request = new XMLHttpRequest();
    let timer;
    const stop = () => request.abort();
    const wait = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(stop, ms);
    };
    request.open('POST', '/api/files');
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('X-CSRFToken', token());
    request.upload.onprogress = ({ loaded, total }) => {
      wait(STALLED);
      progress(total ? loaded / total : 0);
    };
    request.upload.onload = () => wait(LOOKED_AT);
    request.onerror = () => reject(new ApiError('offline', 'The server could not be reached.'));
    request.onabort = () => reject(new ApiError(signal.aborted ? 'aborted' : 'timeout', 'The upload stopped.'));
    request.onload = () => {
      try {
        resolve(understand(request.status, request.responseText, request.getResponseHeader('Retry-After')));
      } catch (error) {
        reject(Object.assign(error, { status: request.status, message: wordsOf(request, error) }));
      }
    };
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    signal.addEventListener('abort', stop);
    wait(STALLED);
    request.send(form);
  });
}

/** What stands before the server has limits of its own, and words for nobody. */
function wordsOf({ status, responseText }, { message }) {
  return status === 413 && !responseText.startsWith('{') ? 'This file is too large for this server.' : message;
}

/** Until then, or until the connection is back. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(go, ms);
    const off = connection.on('change', () => connection.isUp && go());
    signal.addEventListener('abort', go);
    function go() {
      clearTimeout(timer);
      off();
      signal.removeEventListener('abort', go);
      resolve();
    }
  });
}
