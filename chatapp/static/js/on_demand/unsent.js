// What one had written for a conversation that is no longer one's own: to be copied, deleted, or kept in case of a return.
import { closeButton, openDialog } from '../components/dialog.js';
import { copyText } from '../components/copy.js';
import { lineOf } from '../lib/attachments.js';
import { el } from '../lib/dom.js';
import { outbox } from '../state/outbox.js';

/** { text, forget() } of what waits for a group, its draft included; null when nothing does. */
export function unsentOf(store, conversationId) {
  const items = outbox.pendingOf({ conversationId, user: null });
  const place = `c${conversationId}`;
  const texts = [...items.map((item) => item.body || lineOf(item)), store.drafts.get(place)].filter(Boolean);
  if (!texts.length) return null;
  const forget = () => {
    for (const { client_id: id } of items) outbox.cancel(id);
    store.drafts.set(place, '');
  };
  return { text: texts.join('\n\n'), forget };
}

export function showUnsent(name, { text, forget }) {
  const box = el('textarea', { class: 'input', readonly: true, rows: '4', dir: 'auto', 'aria-label': 'Not sent' });
  box.value = text;
  const act = (label, onclick) => el('button', { type: 'button', class: 'button button-quiet', onclick }, label);
  const dialog = openDialog(`You are no longer part of ${name}`,
    el('p', {}, 'This was not sent. You can copy it. It is kept in this browser, in case you come back.'),
    box,
    el('div', { class: 'dialog-actions' },
      act('Delete', () => {
        forget();
        dialog.close();
      }),
      act('Copy text', () => copyText(text, { done: 'Copied', title: 'Not sent' })),
      closeButton('Keep')));
}
