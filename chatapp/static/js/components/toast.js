import { el, part } from '../lib/dom.js';

const SHOWN_MS = 6000;
const SHOWN_WITH_ACTION_MS = 10000;

let timer = 0;
let shownFor = SHOWN_MS;
let back = null; // who had the focus before the button

/** A short word at the foot of the page that goes by itself; `action` {label, act} is a button in it. */
export function showToast(text, action) {
  const toast = part('toast');
  if (!toast.onpointerenter) listen(toast);
  shownFor = action ? SHOWN_WITH_ACTION_MS : SHOWN_MS;
  back = null;
  toast.replaceChildren(el('span', {}, text), ...(action ? [makeButton(action)] : []));
  goLater();
}

function makeButton({ label, act }) {
  const onclick = () => {
    hide();
    act();
  };
  return el('button', { type: 'button', onclick }, label);
}

/** It stays as long as somebody is at it. */
function listen(toast) {
  toast.onpointerenter = () => clearTimeout(timer);
  toast.onpointerleave = goLater;
  toast.addEventListener('focusin', (event) => {
    back ??= event.relatedTarget;
    clearTimeout(timer);
  });
  toast.addEventListener('focusout', goLater);
  toast.addEventListener('keydown', (event) => event.key === 'Escape' && hide());
}

function goLater() {
  clearTimeout(timer);
  timer = setTimeout(() => part('toast').matches(':hover, :focus-within') || hide(), shownFor);
}

function hide() {
  clearTimeout(timer);
  const toast = part('toast');
  if (toast.contains(document.activeElement)) back?.focus({ preventScroll: true });
  toast.replaceChildren();
}
