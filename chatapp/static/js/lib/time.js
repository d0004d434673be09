// Dates and times in the reader's own locale and zone. Formatters are costly to make, so each is made once.

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayYear = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const number = new Intl.NumberFormat();

const DAY = 24 * 60 * 60 * 1000;

export const formatClock = (date) => clock.format(date);
export const formatFull = (date) => full.format(date);
export const formatNumber = (value) => number.format(value);

/** A local day as a key that sorts and compares: 2026-03-09 */
export function dayKey(date) {
  const two = (value) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** For the line between two days. */
export function formatDay(date, now = new Date()) {
  const days = daysBetween(date, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return (date.getFullYear() === now.getFullYear() ? longDay : longDayYear).format(date);
}

/** As short as a list wants it: now, 5 min, 14:02, Yesterday, Tue, 9 Mar, 9 Mar 2024. */
export function formatRecent(date, now = new Date()) {
  const minutes = Math.floor((now - date) / 60000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  const days = daysBetween(date, now);
  if (days === 0) return clock.format(date);
  if (days === 1) return 'Yesterday';
  if (days < 7) return weekday.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayMonth : dayMonthYear).format(date);
}

/** "14:02" today, "9 Mar, 14:02" before: for how long something has been so. */
export function formatSince(date, now = new Date()) {
  return daysBetween(date, now) === 0 ? clock.format(date) : `${dayMonth.format(date)}, ${clock.format(date)}`;
}

/** "Last seen 5 minutes ago", "Last seen today at 14:02", "Last seen 9 Mar". */
export function formatLastSeen(date, now = new Date()) {
  const minutes = Math.floor((now - date) / 60000);
  const days = daysBetween(date, now);
  if (minutes < 1) return 'Last seen just now';
  if (minutes < 60) return `Last seen ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ago`;
  if (days === 0) return `Last seen today at ${clock.format(date)}`;
  if (days === 1) return `Last seen yesterday at ${clock.format(date)}`;
  return `Last seen ${(date.getFullYear() === now.getFullYear() ? dayMonth : dayMonthYear).format(date)}`;
}

function daysBetween(date, now) {
  const start = (moment) => Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate());
  return Math.round((start(now) - start(date)) / DAY);
}
