// A menu on a button; on a phone the same as a sheet at the foot of the screen. One at a time.
import { el, icon, isPhone, setAttribute } from '../lib/dom.js';

const GAP = 4; // px between the anchor and the menu
const EDGE = 8; // px that stay free at the window's edges

let closeOpen = null;

/**
 * items: { label, act, danger?, icon? }. The focus goes to the first one, and back to `back` (the anchor) when
 * the menu closes; `act` is called after that, so it may move the focus on. Returns what closes it.
 */
export function openMenu(anchor, items, { label, back = anchor } = {}) {
  closeOpen?.();
  const ends = new AbortController(); // takes all listeners with it
  const menu = el('div', { class: 'menu', role: 'menu', popover: 'manual', 'aria-label': label },
    ...items.map((item) => makeItem(item, () => {
      close();
      item.act();
    })));
  (anchor.closest('dialog, main, .details') ?? document.body).append(menu); // outside an open dialog nothing answers
  menu.showPopover?.();
  place(menu, anchor);
  show(anchor, true);
  menu.firstElementChild.focus({ preventScroll: true });
  menu.addEventListener('keydown', (event) => steer(event, menu, close));
  menu.addEventListener('contextmenu', (event) => event.preventDefault());
  addEventListener('resize', () => place(menu, anchor), { signal: ends.signal });
  watchOutside(menu, anchor, close, ends.signal);
  const watcher = watchBack(close);
  closeOpen = close;
  return close;

  function close({ focus = true } = {}) {
    if (closeOpen !== close) return;
    closeOpen = null;
    ends.abort();
    watcher?.destroy();
    menu.remove();
    show(anchor, false);
    if (focus) back.focus({ preventScroll: true });
  }
}

function makeItem({ label, danger, icon: picture }, act) {
  return el('button', { type: 'button', role: 'menuitem', tabindex: '-1', class: danger ? 'menu-danger' : null, onclick: act },
    picture && icon(picture), el('span', {}, label));
}

function show(anchor, isOpen) {
  if (anchor.matches('button')) setAttribute(anchor, 'aria-expanded', String(isOpen));
}

/** Below the anchor, or above it where there is no room; it reaches to the side where there is more. */
function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const side = at.left + at.right < innerWidth ? at.left : at.right - width;
  const below = at.bottom + GAP + height > innerHeight - EDGE ? at.top - GAP - height : at.bottom + GAP;
  const within = (value, size, room) => `${Math.max(EDGE, Math.min(value, room - size - EDGE))}px`;
  menu.style.setProperty('--menu-x', within(side, width, innerWidth));
  menu.style.setProperty('--menu-y', within(below, height, innerHeight));
}

function steer(event, menu, close) {
  event.stopPropagation();
  if (event.key === 'Tab') return close(); // goes on from the anchor
  const rows = [...menu.children];
  const at = rows.indexOf(document.activeElement);
  const target = {
    ArrowDown: () => rows[(at + 1) % rows.length],
    ArrowUp: () => rows[(Math.max(at, 0) + rows.length - 1) % rows.length],
    Home: () => rows[0],
    End: () => rows.at(-1),
    Escape: () => close(),
  }[event.key] ?? (event.key.length === 1 && event.key !== ' ' && (() => startingWith(event.key, rows, at)));
  if (!target) return undefined;
  event.preventDefault();
  return target()?.focus();
}

function startingWith(letter, rows, at) {
  const after = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
  return after.find((row) => row.textContent.toLocaleLowerCase().startsWith(letter.toLocaleLowerCase()));
}

/** A press outside closes. Where it only meant that (a sheet, the anchor once more) it does nothing else. */
function watchOutside(menu, anchor, close, signal) {
  let pressed = false; // a click without a press of its own ends the long press that opened the menu
  addEventListener('pointerdown', ({ target }) => {
    pressed = true;
    if (!menu.contains(target) && !isPhone.matches && !anchor.contains(target)) close({ focus: false });
  }, { capture: true, signal });
  addEventListener('click', (event) => {
    if (menu.contains(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    if (pressed) close();
  }, { capture: true, signal });
}

/** Back closes the sheet on phones whose browsers tell of it. */
function watchBack(close) {
  if (!globalThis.CloseWatcher) return null;
  const watcher = new CloseWatcher();
  watcher.onclose = () => close();
  return watcher;
}
