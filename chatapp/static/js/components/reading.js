// How far the reader has come in a timeline, by what is in sight.

/** The seq of the last message in sight; 0 when there is none. */
export function seenSeq({ timeline, keeper, rows }) {
  const { items, hasNewer } = timeline;
  let node = keeper.following && !hasNewer ? rows.lastElementChild : keeper.lastVisible();
  while (node && !node.dataset.key) node = node.previousElementSibling; // a line between messages
  if (!node) return 0;
  const at = items.findLastIndex((item) => item.key === node.dataset.key);
  for (let index = at; index >= 0; index -= 1) if (items[index].seq) return items[index].seq;
  return 0;
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

/** Read is what stood before somebody's eyes: in sight, in a focused tab. */
export class ReadMark {
  seq = 0;

  constructor(list) {
    this.list = list;
    for (const type of ['focus', 'visibilitychange']) addEventListener(type, () => list.timeline && this.move(), true);
  }

  move(seq = seenSeq(this.list)) {
    const { timeline, scroller } = this.list;
    const isShown = scroller.clientHeight > 0; // on a phone the list may stand in its place
    if (document.hidden || !document.hasFocus() || !isShown || seq <= this.seq) return;
    this.seq = seq;
    if (seq > (timeline.lastReadSeq ?? 0)) timeline.markRead(seq);
  }
}
