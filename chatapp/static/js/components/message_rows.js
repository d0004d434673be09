// From a timeline's items to the rows of the page: day lines, the "New messages" line, messages with their group.
import { dayKey } from '../lib/time.js';

const GROUP_MS = 5 * 60 * 1000;

/**
 * The rows of items[from..to). `unreadSeq` is where the "New messages" line
 * stands (null: nowhere), `seen` what was seen: its words stand below it where
 * there is room anyhow, else its tick tells, so that nothing moves for it. The item before the slice counts for grouping, so a
 * row looks the same whether or not its neighbour is drawn yet.
 */
export function buildRows(items, from, to, { meId, unreadSeq, seen }) {
  const rows = [];
  const days = new Set(); // a refused message of yesterday stays behind today's: its day comes a second time
  for (let at = from; at < to; at += 1) {
    const item = items[at];
    const previous = at > 0 ? describe(items[at - 1]) : null;
    const current = describe(item);
    const startsDay = !previous || previous.day !== current.day;
    const startsUnread = unreadSeq !== null && item.seq >= unreadSeq && !(items[at - 1]?.seq >= unreadSeq);
    if (startsDay) {
      const key = days.has(current.day) ? `day ${current.day} ${item.key}` : `day ${current.day}`;
      rows.push({ key, type: 'day', date: current.date });
      days.add(current.day);
    }
    if (startsUnread) rows.push({ key: 'unread', type: 'unread' });
    const first = startsDay || startsUnread || !sameGroup(previous, current);
    const hasReceipt = item === seen?.item;
    const hasRoom = hasReceipt && leavesRoom(item, items[at + 1], { meId, unreadSeq });
    const receipt = hasReceipt && !hasRoom ? seen.text : '';
    rows.push({ key: item.key, type: item.kind === 'system' ? 'system' : 'message', item, first, own: item.sender_id === meId, date: current.date, receipt });
    if (hasRoom) rows.push({ key: 'seen', type: 'seen', seen });
  }
  return rows;
}

/** Below one's own message, before the end, another person's name or a line. */
function leavesRoom(item, next, { meId, unreadSeq }) {
  if (!next || (next.sender_id !== meId && next.kind !== 'system')) return true;
  return describe(item).day !== describe(next).day || (unreadSeq !== null && item.seq < unreadSeq && next.seq >= unreadSeq);
}

const described = new WeakMap();

function describe(item) {
  const known = described.get(item);
  if (known && known.created === item.created_at) return known;
  const date = new Date(item.created_at);
  const made = { created: item.created_at, date, time: date.getTime(), day: dayKey(date), sender: item.sender_id, kind: item.kind };
  described.set(item, made);
  return made;
}

function sameGroup(one, other) {
  return one.sender === other.sender && (one.kind === 'system') === (other.kind === 'system') && Math.abs(other.time - one.time) < GROUP_MS;
}
