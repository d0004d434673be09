import { setAttribute, setText } from '../lib/dom.js';
import { plural } from '../lib/text.js';
import { formatNumber } from '../lib/time.js';

const FAR = 600; // px from the end before a way back is offered

/** "3 new messages" while the end is out of sight; without new ones it offers the way back. */
export function showEndButton(button, label, list, { newCount }) {
  const far = list.keeper.distance() > FAR || list.timeline.hasNewer;
  const away = !list.keeper.following && (far || newCount > 0) && list.keeper.distance() > 4;
  button.hidden = !away;
  if (!away) return;
  setAttribute(button, 'data-new', newCount ? '' : null);
  setText(label, newCount ? `${formatNumber(newCount)} new ${plural(newCount, 'message', 'messages')}` : 'Latest messages');
}

/** Others' messages below the last one in sight that were not read yet. */
export function countNew(timeline, meId, seenSeq) {
  const from = Math.max(seenSeq, timeline.lastReadSeq ?? 0);
  let count = 0;
  for (let at = timeline.items.length - 1; at >= 0; at -= 1) {
    const item = timeline.items[at];
    if (item.pending) continue;
    if (item.seq <= from) break;
    if (item.sender_id !== meId && item.kind !== 'system' && !item.deleted_at) count += 1;
  }
  return timeline.hasNewer ? Math.max(count, timeline.conversation?.unread ?? 0) : count;
}
