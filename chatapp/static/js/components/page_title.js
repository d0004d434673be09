import { formatNumber } from '../lib/time.js';

const PAUSE_MS = 120; // a message that is read as it comes shall not make the tab blink

const link = document.querySelector('link[rel="icon"]');

let wanted = null;

/** Shows it soon: the last of several within a moment. */
export function showTitleSoon(title) {
  if (!wanted) setTimeout(() => wanted && showTitle(wanted), PAUSE_MS);
  wanted = title;
}

/** "(3) Ann - Chat", and a dot on the tab's picture while anything is unread. */
export function showTitle({ unread, name, siteName }) {
  wanted = null;
  const title = `${unread ? `(${formatNumber(unread)}) ` : ''}${name ? `${name} - ` : ''}${siteName}`;
  if (document.title !== title) document.title = title;
  const picture = unread ? link.dataset.iconUnread : link.dataset.icon;
  if (link.getAttribute('href') !== picture) link.setAttribute('href', picture);
}
