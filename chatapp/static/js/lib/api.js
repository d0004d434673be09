import { Emitter } from './emitter.js';

/**
 * A refusal or a failure, from HTTP or from the socket. `code` is the protocol's, or `offline` (never got
 * there), `timeout` (no answer in time); `retryAfter` is in seconds, or undefined.
 */
export class ApiError extends Error {
  constructor(code, message, retryAfter = undefined) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Tells 'ended' when an answer says that nobody is logged in any more. */
export const session = new Emitter();

let csrfToken = null;

export const get = (path, options) => call('GET', path, undefined, options);
export const post = (path, body, options) => call('POST', path, body, options);
export const patch = (path, body, options) => call('PATCH', path, body, options);
export const del = (path, body, options) => call('DELETE', path, body, options);

/** The snapshot in one of the chat's pages, for what only pages tell. */
export async function bootOf(path) {
  const html = await ask('GET', path, undefined, {}, readPage);
  const found = html.match(/<script[^>]*\bid="boot"[^>]*>([\s\S]*?)<\/script>/);
  if (!found) {
    session.emit('ended', 'login_required'); // what came is the log-in page
    throw new ApiError('login_required', 'You are logged out.');
  }
  csrfToken = html.match(/name="csrf-token"\s+content="([^"]+)"/)?.[1] ?? csrfToken;
  return JSON.parse(found[1]);
}

/** The JSON answer of the server; rejects with an ApiError. `signal` aborts it, which rejects with `aborted`. */
function call(method, path, body, options = {}) {
  return ask(method, path, body, options, read);
}

async function ask(method, path, body, { timeout = 15000, signal }, readAnswer) {
  const ours = new AbortController();
  const timer = setTimeout(() => ours.abort(), timeout);
  const stop = () => ours.abort();
  signal?.addEventListener('abort', stop);
  try {
    const response = await fetch(path, {
      method,
      headers: headers(method),
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: ours.signal,
    });
    return await readAnswer(response);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (signal?.aborted) throw new ApiError('aborted', 'No longer wanted.');
    if (ours.signal.aborted) throw new ApiError('timeout', 'The server did not answer in time.');
    throw new ApiError('offline', 'The server could not be reached.');
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function headers(method) {
  const basic = { Accept: 'application/json' };
  return method === 'GET' ? basic : { ...basic, 'Content-Type': 'application/json', 'X-CSRFToken': token() };
}

/** What each write has to bring along. */
export function token() {
  csrfToken ??= document.querySelector('meta[name="csrf-token"]')?.content ?? '';
  return csrfToken;
}

async function read(response) {
  return understand(response.status, await response.text(), response.headers.get('Retry-After'));
}

/** An answer with JSON in it, or the ApiError that it stands for. */
export function understand(status, text, retryAfter) {
  const answer = parse(text);
  if (status < 400 && answer !== null) return answer;
  const { code, message, retry_after: after } = answer?.error ?? {};
  const header = Number(retryAfter) || undefined;
  if (status === 401) session.emit('ended', code ?? 'login_required');
  throw new ApiError(code ?? codeOf(status), message ?? 'The server answered in an unexpected way.', after ?? header);
}

async function readPage(response) {
  if (response.ok) return response.text();
  throw new ApiError(response.status === 404 ? 'not_found' : codeOf(response.status), 'The page could not be read.');
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a proxy's page; the caller turns it into an error by its status
  }
}

function codeOf(status) {
  if (status === 401) return 'login_required';
  if (status === 429) return 'rate_limited';
  // Without the app's own JSON, any answer comes from something in front of it.
  return 'unavailable';
}
