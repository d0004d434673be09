// Where a square lies on a picture: of the picture's own pixels, without a page.

const ZOOM_MAX = 4;

export class Crop {
  /** The whole of the shorter side, from the middle. */
  constructor({ width, height }) {
    Object.assign(this, { width, height });
    this.reset();
  }

  reset() {
    Object.assign(this, { zoom: 1, x: this.width / 2, y: this.height / 2 });
  }

  /** The length of its side. */
  get side() {
    return Math.min(this.width, this.height) / this.zoom;
  }

  get left() {
    return this.x - this.side / 2;
  }

  get top() {
    return this.y - this.side / 2;
  }

  /** By a part of its side, as the picture under it is dragged the other way. */
  move(right, down) {
    this.x += right * this.side;
    this.y += down * this.side;
    this.#keepInside();
  }

  /** About a place in it that stays where it is: (0, 0) is its start, (1, 1) its end. */
  zoomTo(zoom, [right, down] = [0.5, 0.5]) {
    const [x, y] = [this.left + right * this.side, this.top + down * this.side];
    this.zoom = Math.max(1, Math.min(ZOOM_MAX, zoom));
    this.x = x + (0.5 - right) * this.side;
    this.y = y + (0.5 - down) * this.side;
    this.#keepInside();
  }

  #keepInside() {
    const half = this.side / 2;
    this.x = Math.max(half, Math.min(this.width - half, this.x));
    this.y = Math.max(half, Math.min(this.height - half, this.y));
  }
}
