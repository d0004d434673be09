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
