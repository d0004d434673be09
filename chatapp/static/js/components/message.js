// The one renderer of a message: first page, paging, live and unsent ones all come through here.
import { paintAvatar } from '../lib/avatar.js';
import { el, icon, setAttribute, setText } from '../lib/dom.js';
import { isEmojiOnly, isLong } from '../lib/text.js';
import { formatClock, formatFull } from '../lib/time.js';
import { showAttachments } from './attachments.js';
import { fillText } from './message_text.js';

const DELETED = 'This message was deleted.';
const STATES = {
  sending: { picture: 'clock', label: 'Sending' },
  queued: { picture: 'clock', label: 'Waiting to be sent' },
  failed: { picture: 'alert', label: 'Not sent' },
  sent: { picture: 'check', label: 'Sent' },
};

/** row: {key, item, first, own, date, receipt}; author: the display name. */
export function makeMessage(row) {
  const text = el('p', { class: 'message-text', dir: 'auto' });
  const line = el('div', { class: 'message-line' }, el('div', { class: 'bubble' }, text));
  const node = el('article', { class: row.own ? 'message message-own' : 'message', tabindex: '-1', dataset: { key: row.key } }, line);
  showText(node, row.item);
  return node;
}

/** Changes only what is different from what the element shows. An author who is on the way has the name ''. */
export function updateMessage(node, row, { display_name: author, avatar_url: url }) {
  const { item, first, own, receipt } = row;
  const state = own ? item.state ?? 'sent' : '';
  const seen = `${first} ${state} ${item.error?.message ?? ''} ${item.uncertain} ${item.version ?? ''} ${item.created_at} ${receipt} ${author} ${url}`;
  if (node.seen === seen && node.raw === item.body) return;
  node.seen = seen;
  node.raw = item.body;
  setAttribute(node, 'aria-label', [own ? 'You' : author, formatClock(row.date)].filter(Boolean).join(', '));
  setAttribute(node, 'data-first', first ? '' : null);
  setAttribute(node, 'data-state', state || null);
  showText(node, item);
  showTime(node, row, author, url);
  if (!own) return;
  showState(node, state, receipt);
  showActions(node, state, !item.uncertain);
  showFault(node, state, item);
}

export function makeSystemLine({ key, item, date }) {
  return el('div', { class: 'message message-system', tabindex: '-1', dataset: { key } },
    el('p', { class: 'message-text', dir: 'auto' }, item.body),
    el('time', { class: 'message-time', datetime: item.created_at, title: formatFull(date) }, formatClock(date)));
}

function showText(node, item) {
  const body = item.deleted_at ? DELETED : item.body;
  showAttachments(node.querySelector('.message-line'), item.attachments);
  if (node.body === body && node.edited === item.edited_at) return;
  node.body = body;
  node.edited = item.edited_at;
  const bubble = node.querySelector('.bubble');
  const text = bubble.querySelector('.message-text');
  fillText(text, body);
  bubble.hidden = !body; // files alone
  node.classList.toggle('message-deleted', Boolean(item.deleted_at));
  node.classList.toggle('message-emoji', !item.deleted_at && isEmojiOnly(body));
  bubble.querySelector('.message-edited')?.remove();
  if (item.edited_at && !item.deleted_at) bubble.append(el('span', { class: 'message-edited' }, 'edited'));
  showFold(bubble, isLong(body));
}

function showFold(bubble, long) {
  const button = bubble.querySelector('.bubble-fold');
  if (long === Boolean(button)) return;
  setAttribute(bubble, 'data-folded', long ? '' : null);
  if (long) bubble.append(el('button', { type: 'button', class: 'button-plain bubble-fold', 'aria-expanded': 'false', dataset: { action: 'fold' } }, 'Show more'));
  else button.remove();
}

export function toggleFold(button) {
  const bubble = button.closest('.bubble');
  const folded = bubble.toggleAttribute('data-folded');
  button.setAttribute('aria-expanded', String(!folded));
  setText(button, folded ? 'Show more' : 'Show less');
}

/** The first of a group says who and when; inside it the time waits for the pointer. */
function showTime(node, { first, own, date, item }, author, url) {
  const line = node.querySelector('.message-line');
  node.querySelector('.message-head')?.remove();
  line.querySelector('.message-time')?.remove();
  const time = el('time', { class: 'message-time', datetime: item.created_at, title: formatFull(date) }, formatClock(date));
  if (!first) {
    line.append(time);
    return;
  }
  const head = el('div', { class: 'message-head' });
  if (!own) {
    const avatar = el('span', { class: 'avatar avatar-small', 'aria-hidden': 'true' });
    if (author) paintAvatar(avatar, author, { url });
    head.append(avatar, el('span', { class: 'message-author', dir: 'auto' }, author));
  }
  head.append(time);
  node.prepend(head);
}

/** `receipt`: who has seen it, where there is no room for a line of its own. */
function showState(node, state, receipt) {
  const line = node.querySelector('.message-line');
  const old = line.querySelector('.message-state');
  const { picture, label } = STATES[state];
  const is = state + receipt;
  if (old?.dataset.is === is) return;
  old?.remove();
  line.append(el('span', { class: 'message-state', title: receipt || label, dataset: { is } },
    icon(receipt ? 'seen' : picture, label), receipt && el('span', { class: 'visually-hidden' }, receipt)));
}

/** What can be done about one that waits (it may not change once the server may have it): reached by pointer, touch and Tab alike. */
function showActions(node, state, mayEdit) {
  const line = node.querySelector('.message-line');
  removeKeepingFocus(node, line.querySelector('.message-actions'));
  if (state !== 'queued') return;
  line.append(el('div', { class: 'message-actions' }, mayEdit && action('edit', 'Edit'), action('cancel', 'Cancel')));
}

function showFault(node, state, { error, uncertain }) {
  removeKeepingFocus(node, node.querySelector('.message-fault'));
  if (state !== 'failed') return;
  node.append(el('div', { class: 'message-fault' },
    el('p', {}, el('strong', {}, 'Not sent.'), error?.message ? ` ${error.message}` : null),
    el('span', {}, action('retry', 'Retry'), !uncertain && action('edit', 'Edit'), action('cancel', 'Cancel'))));
}

/** Whoever has tabbed to a button in there stays at the message. */
function removeKeepingFocus(node, part) {
  if (part?.contains(document.activeElement)) node.focus({ preventScroll: true });
  part?.remove();
}

function action(name, label) {
  return el('button', { type: 'button', class: 'button-plain', dataset: { action: name } }, label);
}
