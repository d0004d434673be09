// What is said of files: in lists, in notifications, on their cards.
import { formatNumber } from './time.js';
import { plural, toOneLine } from './text.js';

const MANY = { image: ['Picture', 'pictures'], video: ['Video', 'videos'], audio: ['Recording', 'recordings'] };
const UNITS = ['bytes', 'kB', 'MB', 'GB'];
const STEP = 1024; // as the limits are counted

/** "Picture", "3 pictures", "File: name", "4 files". */
export function sayFiles(files) {
  const [first] = files;
  if (!first) return '';
  const isAlike = files.every(({ kind }) => kind === first.kind);
  const [one, many] = (isAlike && MANY[first.kind]) || [`File: ${first.name}`, 'files'];
  return plural(files.length, one, `${formatNumber(files.length)} ${many}`);
}

/** A message in one line: its text or, where it has none, what its files are. */
export const lineOf = ({ body, attachments = [] }) => toOneLine(body) || sayFiles(attachments);

/** The same where it is told of, after the name of who sent it; chatapp/notify/wording.py says it likewise. */
export function newsOf({ body, attachments = [] }) {
  const [first] = attachments;
  const line = toOneLine(body);
  if (line || !first) return line;
  const files = sayFiles(attachments);
  if (attachments.length > 1) return `sent ${files}`;
  return first.kind === 'file' ? `sent a file: ${first.name}` : `sent a ${files.toLowerCase()}`;
}

/** "2.4 MB" */
export function formatSize(bytes) {
  let unit = 0;
  let value = bytes;
  for (; value >= STEP && unit < UNITS.length - 1; unit += 1) value /= STEP;
  return bytes === 1 ? '1 byte' : `${formatNumber(Number(value.toFixed(value < 10 && unit ? 1 : 0)))} ${UNITS[unit]}`;
}

/** "PDF · 2.4 MB": where there is no room for the end of the name. */
export function aboutFile(name, size) {
  const [, ending] = name.match(/[^.]\.(\w{1,5})$/) ?? [];
  return [ending?.toUpperCase(), formatSize(size)].filter(Boolean).join(' · ');
}

export const iconOf = (kind) => ({ image: 'picture', video: 'video', audio: 'sound' })[kind] ?? 'file';

const previews = new Map(); // id of a file that was uploaded from this page -> its object URL
const PREVIEWS_KEPT = 30;

/** Where the picture is at hand already, without asking the server. */
export const previewOf = (id) => previews.get(id);

export function keepPreview(id, url) {
  previews.set(id, url);
  if (previews.size <= PREVIEWS_KEPT) return;
  const [oldest, old] = previews.entries().next().value;
  previews.delete(oldest);
  URL.revokeObjectURL(old);
}
