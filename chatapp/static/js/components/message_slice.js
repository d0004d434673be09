// Which part of the items is drawn. It grows a little in each frame, so that however many arrive no frame is long.

const FIRST = 24; // items around the place where reading starts, drawn at once
const FRAME_MS = 9;

export class MessageSlice {
  reachesEnd = true;
  reachesStart = true;

  /**
   * [from, to) of `items` to draw now: from the first to the last that `isDrawn`,
   * or around `focus` when none is, and as many more as `draw` manages in a
   * frame. Those that come after are more urgent than those before.
   */
  grow(items, focus, isDrawn, draw) {
    const deadline = performance.now() + FRAME_MS;
    let from = items.findIndex((item) => isDrawn(item.key));
    let to = items.findLastIndex((item) => isDrawn(item.key)) + 1;
    if (from < 0) from = to = Math.max(0, Math.min(focus, items.length));
    const least = from === to ? FIRST : 1;
    let made = 0;
    const hasTime = () => made < least || performance.now() < deadline;
    for (; to < items.length && hasTime(); to += 1, made += 1) draw(items[to]);
    for (; from > 0 && hasTime(); made += 1) draw(items[(from -= 1)]);
    this.reachesEnd = to === items.length;
    this.reachesStart = from === 0;
    return [from, to];
  }
}
