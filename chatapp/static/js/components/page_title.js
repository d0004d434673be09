import { formatNumber } from '../lib/time.js';

const link = document.querySelector('link[rel="icon"]');

/** "(3) Ann - Chat", and a dot on the tab's picture while anything is unread. */
export function showTitle({ unread, name, siteName }) {
  const title = `${unread ? `(${formatNumber(unread)}) ` : ''}${name ? `${name} - ` : ''}${siteName}`;
  if (document.title !== title) document.title = title;
  const picture = unread ? link.dataset.iconUnread : link.dataset.icon;
  if (link.getAttribute('href') !== picture) link.setAttribute('href', picture);
}
