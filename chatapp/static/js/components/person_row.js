// One line of the navigation: who, the last words, when, how many unread.
import { lineOf } from '../lib/attachments.js';
import { paintAvatar } from '../lib/avatar.js';
import { el, icon, setAttribute, setText } from '../lib/dom.js';
import { paintPresence, sayPresence } from '../lib/presence.js';
import { formatRecent } from '../lib/time.js';
import { pathOf } from './address.js';
import { sayTyping } from './typing_line.js';

const MOST_UNREAD = 99; // counting stops at 100

/** A row for a conversation, or for a user with none yet. */
export function describeRow(store, conversation, user) {
  const partner = user ?? store.partnerOf(conversation);
  return {
    key: conversation ? store.keyOf(conversation) : `u${user.id}`,
    name: partner?.display_name ?? store.title(conversation),
    url: partner?.avatar_url ?? null,
    isGroup: conversation?.kind === 'group',
    target: conversation ? { conversationId: conversation.id } : { userId: user.id, username: user.username },
    userId: partner?.id,
    conversation,
  };
}

export function makePersonRow({ key }) {
  const id = `person-${key}`;
  const link = el('a', { class: 'person', 'aria-labelledby': `${id}-name` },
    el('span', { class: 'avatar', 'aria-hidden': 'true' }),
    el('span', { class: 'visually-hidden', id: `${id}-presence` }),
    el('span', { class: 'person-text' },
      el('span', { class: 'person-top' }, el('span', { class: 'person-name', id: `${id}-name`, dir: 'auto' }))));
  return el('li', {}, link);
}

/** shown: { store, isCurrent(row), unsent: Map of row key -> its newest unsent message } */
export function updatePersonRow(node, row, shown) {
  const { store } = shown;
  const link = node.firstElementChild;
  const { conversation } = row;
  const current = shown.isCurrent(row);
  const unsent = shown.unsent.get(row.key);
  const last = unsent ?? conversation?.last_message;
  const presence = row.userId && store.presence.of(row.userId);
  const typing = conversation ? sayTyping(store, conversation, { isNamed: row.isGroup }) : '';
  const line = typing || (unsent ? `You: ${lineOf(unsent)}` : last && lastLine(store, conversation, last));
  const about = last ? { line, time: formatRecent(new Date(last.created_at)), unread: conversation?.unread ?? 0 } : null;
  const muted = conversation?.notify === 'nothing';
  const seen = JSON.stringify([row.name, row.url, row.target, about, current, Boolean(unsent), muted, presence?.state, typing]);
  if (link.seen === seen) return;
  link.seen = seen;
  link.target_ = row.target;
  link.userId = row.userId;
  link.href = pathOf(row.target);
  paintAvatar(link.firstElementChild, row.name, { group: row.isGroup, url: row.url });
  paintPresence(link.firstElementChild, presence);
  setText(link.children[1], presence?.state === 'offline' ? '' : sayPresence(presence));
  setText(link.querySelector('.person-name'), row.name);
  setAttribute(link, 'aria-current', current ? 'page' : null);
  setAttribute(link, 'data-unread', about?.unread && !muted ? '' : null);
  link.classList.toggle('person-recent', Boolean(about));
  showAbout(link, `person-${row.key}`, about, { unsent, muted, typing });
}

function showAbout(link, id, about, { unsent, muted, typing }) {
  link.querySelectorAll('.person-time, .person-bottom').forEach((node) => node.remove());
  setAttribute(link, 'aria-describedby', `${id}-presence${about ? ` ${id}-line ${id}-time ${id}-side` : ''}`);
  if (!about) return;
  const side = el('span', { class: 'person-side', id: `${id}-side` });
  if (unsent) side.append(icon('clock', 'has unsent messages'));
  if (muted) side.append(icon('bell-off', 'Muted'));
  if (about.unread) side.append(makeBadge(about.unread, muted));
  link.querySelector('.person-top').append(el('span', { class: 'person-time', id: `${id}-time` }, about.time));
  link.querySelector('.person-text').append(
    el('span', { class: 'person-bottom' }, el('span', { class: typing ? 'person-line person-typing' : 'person-line', id: `${id}-line`, dir: 'auto' }, about.line), side));
}

function makeBadge(unread, muted) {
  const count = unread > MOST_UNREAD ? `${MOST_UNREAD}+` : String(unread);
  return el('span', { class: muted ? 'badge badge-muted' : 'badge' }, count, el('span', { class: 'visually-hidden' }, ' unread'));
}

function lastLine(store, conversation, message) {
  if (message.deleted_at) return 'Message deleted';
  const text = lineOf(message);
  if (message.kind === 'system') return text;
  if (message.sender_id === store.me.id) return `You: ${text}`;
  if (conversation.kind === 'direct') return text;
  return `${store.userById(message.sender_id)?.display_name ?? 'Someone'}: ${text}`;
}
