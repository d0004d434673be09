// Says each new message once to a screen reader. The log itself is silent, so that older history is not read out.
import { el, part } from '../lib/dom.js';
import { plural, toOneLine } from '../lib/text.js';

const GATHER_MS = 150;
const KEEP_MS = 10000; // then the words go, so that nobody meets them while reading on
const MOST = 5; // more at once are told by their number

let waiting = [];

/** `author`: a function, asked when it is time to speak, or null for a system line. */
export function announce(author, body) {
  waiting.push({ author, body });
  if (waiting.length === 1) setTimeout(speak, GATHER_MS);
}

function speak() {
  const region = part('announcer');
  const told = waiting.filter(({ author }) => !author);
  const count = waiting.length - told.length;
  const lines = waiting.length <= MOST ? waiting.map(sayOne)
    : [count && `${count} new ${plural(count, 'message', 'messages')}`, ...told.slice(-MOST).map(sayOne)].filter(Boolean);
  waiting = [];
  const spoken = lines.map((line) => el('p', { dir: 'auto' }, line));
  region.append(...spoken);
  setTimeout(() => spoken.forEach((node) => node.remove()), KEEP_MS);
}

function sayOne({ author, body }) {
  return author ? `${author() ?? 'New message'}: ${toOneLine(body)}` : toOneLine(body);
}
