// Which way this page is connected, and since when; while it is not, what waits.
import { part, setText } from '../lib/dom.js';
import { plural } from '../lib/text.js';
import { formatNumber, formatSince } from '../lib/time.js';

const WORDS = { connecting: 'Connecting', live: 'Live', polling: 'Live, slower connection', offline: 'Offline' };

export function startConnectionSign(connection, outbox) {
  const sign = part('connection');
  const text = sign.querySelector('.connection-text');
  const bar = part('offline-bar');
  let offlineSince = null;

  function show() {
    const { state, since } = connection;
    // Trying again is still being offline, until it has worked
    if (state === 'offline') offlineSince ??= since ?? new Date();
    else if (state !== 'connecting') offlineSince = null;
    const from = offlineSince ?? since;
    const words = `${WORDS[state]} since ${formatSince(from)}`;
    sign.dataset.state = state;
    sign.title = words;
    setText(text, state === 'connecting' && !offlineSince ? WORDS[state] : words);
    showBar();
  }

  function showBar() {
    const waiting = outbox.count();
    const rest = waiting ? ` - ${formatNumber(waiting)} ${plural(waiting, 'message', 'messages')} waiting` : '';
    setText(bar, offlineSince ? `Offline since ${formatSince(offlineSince)}${rest}` : '');
  }

  connection.on('change', show);
  outbox.on('change', showBar);
  show();
}
