// Who has seen what: the line below one's own last seen message, and the dialog that names everybody.
import { paintAvatar } from '../lib/avatar.js';
import { el, setText } from '../lib/dom.js';
import { listNames, plural } from '../lib/text.js';
import { formatNumber } from '../lib/time.js';
import { closeButton, openDialog } from './dialog.js';

const NAMED = 3;

/** The last own message that anybody has seen, and the words for it; null where there is none or nothing is told. */
export function lastSeen(store, { conversation, items }) {
  if (!conversation || !store.me.shares_reads) return null;
  const furthest = Math.max(0, ...Object.values(conversation.reads ?? {}));
  for (let at = items.length - 1; at >= 0; at -= 1) {
    const item = items[at];
    const isOwn = item.sender_id === store.me.id && item.kind !== 'system' && !item.deleted_at;
    if (!isOwn || !item.seq || item.seq > furthest) continue;
    const users = store.readersOf(conversation, item.seq);
    if (users.length) return { item, isButton: conversation.kind !== 'direct' && users.length > NAMED, text: describe(conversation, users) };
  }
  return null;
}

export function fillReceipt(node, { text, isButton }) {
  if (isButton !== Boolean(node.querySelector('button'))) {
    node.replaceChildren(isButton ? el('button', { type: 'button', dataset: { action: 'seen-by' } }) : '');
  }
  setText(node.firstElementChild ?? node, text);
}

function describe({ kind }, users) {
  return kind === 'direct' ? 'Seen' : `Seen by ${listNames(users.map((user) => user.display_name), NAMED)}`;
}

/** Everybody who has seen a message, by name. */
export async function showSeenBy(store, { id }, { seq, sender_id: author }) {
  let page;
  try {
    page = await store.readersPage(id, seq);
  } catch (error) {
    store.report(error);
    return;
  }
  const { users, count, member_count: members } = page;
  const others = Math.max(count, members - (author === store.me.id ? 1 : 2)); // neither the author nor oneself
  openDialog('Seen by',
    el('p', {}, count ? `${formatNumber(count)} of ${formatNumber(others)}` : 'Nobody who shares it has seen this yet.'),
    count > 0 && el('ul', { class: 'seen-by' }, ...users.map(makeReader)),
    count > users.length && el('p', {}, `and ${formatNumber(count - users.length)} ${plural(count - users.length, 'other', 'others')}`),
    el('div', { class: 'dialog-actions' }, closeButton()));
}

function makeReader({ display_name: name, avatar_url: url }) {
  const avatar = el('span', { class: 'avatar avatar-small', 'aria-hidden': 'true' });
  paintAvatar(avatar, name, { url });
  return el('li', {}, avatar, el('bdi', {}, name));
}
