// The menu of a stored message, and what can be done about one that waits to be sent.
import { hasKeyboard } from '../lib/dom.js';
import { pathOf } from './address.js';
import { downloadFile } from './attachments.js';
import { copyText } from './copy.js';
import { editMessage } from './message_editor.js';
import { showSeenBy } from './receipt.js';
import { showToast } from './toast.js';

const UNANSWERED = new Set(['offline', 'timeout']);

/** For openMenu; null while the message is not stored. */
export function actionsOf(item, { store, timeline, markUnread }) {
  const { conversation, items } = timeline;
  if (!item?.seq || item.pending || !conversation) return null;
  const { seq, body, attachments } = item;
  const link = location.origin + pathOf({ conversationId: conversation.id, seq });
  const hasOthers = items.some((one) => one.seq >= seq && one.sender_id !== store.me.id && one.kind !== 'system');
  const isOwn = item.sender_id === store.me.id && item.kind === 'text';
  const isTold = conversation.kind === 'group' && store.me.shares_reads;
  return [
    !item.deleted_at && body && { label: 'Copy text', act: () => copyText(body, { done: 'Text copied', title: 'Copy text' }) },
    { label: 'Copy link', act: () => copyText(link, { done: 'Link copied', title: 'Copy link' }) },
    attachments.length === 1 && { label: 'Download', act: () => downloadFile(attachments[0]) },
    hasOthers && { label: 'Mark unread from here', act: () => markUnread(seq) },
    isTold && { label: 'Seen by', act: () => showSeenBy(store, conversation, item) },
    isOwn && !item.deleted_at && { label: 'Delete', danger: true, act: () => deleteMessage(store, item) },
  ].filter(Boolean);
}

/** It can be undone for as long as the word of it stands. */
async function deleteMessage(store, { id }) {
  try {
    await store.deleteMessage(id);
    showToast('Message deleted.', { label: 'Undo', act: () => store.restoreMessage(id).catch((error) => showToast(error.message)) });
  } catch (error) {
    showToast(UNANSWERED.has(error.code) ? 'The message could not be deleted: there is no connection.' : error.message);
  }
}

/** retry, edit, cancel */
export function actOnUnsent(name, node, item, { timeline, composer, limit }) {
  if (name === 'edit') {
    // It may have gone out while it was being changed: then the new text becomes a draft
    const save = (body) => timeline.edit(item.key, body) || composer.offer(body);
    editMessage(node, item, { save, done: () => composer.focus(), limit });
    return;
  }
  if (timeline[name](item.key) === false) showToast('That message is on its way already.');
  if (hasKeyboard.matches) composer.focus();
  else node.focus({ preventScroll: true }); // no screen keyboard for a tap on Retry
}
