// Keeps the line being read where it is, whatever is added, taken away or resized around it.

const AT_END = 48; // px from the end that still count as reading the end
const CANDIDATES = 8; // visible rows to hold on to, if they are messages: some may be gone after a change, lines move

export class ScrollKeeper {
  /** `scroller` scrolls `column`, in which `rows` holds the rows; `moved` is called after each scroll. */
  constructor(scroller, column, rows, moved) {
    this.scroller = scroller;
    this.rows = rows;
    this.following = true; // the end is being read, so the end is what stays in sight
    this.mayFollow = () => true;
    this.anchors = [];
    this.top = 0;
    scroller.addEventListener('scroll', () => {
      this.#scrolled();
      moved();
    }, { passive: true });
    const sizes = new ResizeObserver(() => this.restore());
    sizes.observe(scroller);
    sizes.observe(column);
  }

  /** Before a change of the rows: a smooth scroll may have moved on since its last event. */
  prepare() {
    if (Math.abs(this.scroller.scrollTop - this.top) >= 1) this.#scrolled();
  }

  /** After a change of the rows: puts things back, then looks again at what is visible. */
  restore() {
    const { scroller } = this;
    const anchor = this.following ? null : this.anchors.find(({ node }) => node.isConnected);
    const moved = () => (anchor ? this.#topOf(anchor.node) - anchor.top : 0);
    if (this.following) scroller.scrollTop = scroller.scrollHeight;
    else if (Math.abs(moved()) >= 1) scroller.scrollTop += moved();
    this.capture(moved());
  }

  toEnd() {
    this.following = true;
    this.restore();
  }

  /** Brings `node` near the top, with a little of what came before it, or to the middle. */
  toNode(node, isMiddle = false) {
    const { scroller } = this;
    const least = Math.min(96, scroller.clientHeight / 4);
    const room = isMiddle ? Math.max(least, (scroller.clientHeight - node.offsetHeight) / 2) : least;
    this.following = false;
    scroller.scrollTop += this.#topOf(node) - room;
    this.following = this.distance() < AT_END && this.mayFollow();
    this.capture();
  }

  distance() {
    const { scroller } = this;
    return scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
  }

  /** `off`: by how much the view could not be put back (whole pixels); kept, or many times would add up. */
  capture(off = 0) {
    const { scroller, rows } = this;
    const edge = scroller.getBoundingClientRect().top;
    const start = firstBelow(rows.children, edge);
    this.top = scroller.scrollTop;
    this.anchors = [];
    for (let at = start; at < Math.min(start + CANDIDATES, rows.children.length); at += 1) {
      const node = rows.children[at];
      if (node.dataset.key) this.anchors.push({ node, top: node.getBoundingClientRect().top - edge - off });
    }
  }

  /** The last row that can be read to its end, or null. */
  lastVisible() {
    const { rows } = this;
    const edge = this.scroller.getBoundingClientRect().bottom + 2;
    const at = firstBelow(rows.children, edge) - 1;
    const next = rows.children[at + 1];
    if (next && next.getBoundingClientRect().top < edge - this.scroller.clientHeight * 0.6) return next; // taller than the view
    return rows.children[at] ?? null;
  }

  #topOf(node) {
    return node.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
  }

  #scrolled() {
    const movedUp = this.scroller.scrollTop < this.top - 1;
    if (this.distance() < AT_END) this.following = this.following || this.mayFollow();
    else if (movedUp) this.following = false;
    this.capture();
  }
}

/** Index of the first row whose lower edge is below `edge`; rows stand in order, so halving finds it. */
function firstBelow(children, edge) {
  let low = 0;
  let high = children.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (children[middle].getBoundingClientRect().bottom > edge) high = middle;
    else low = middle + 1;
  }
  return low;
}
