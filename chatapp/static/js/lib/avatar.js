// The picture of somebody, and of who has none: initials on a hue that is always theirs.
import { splitGraphemes } from './text.js';

const HUES = 12;

const loaded = new Set(); // addresses that have been seen: painted again, they are there at once

/** Of the first and the last word; of a group the first two, or of the first two people it is named by. */
export function initials(name, { group = false } = {}) {
  const people = group ? name.split(/, | and /) : [];
  const words = (people.length > 1 ? people : name.split(/[\s._-]+/)).map((word) => word.trim()).filter(Boolean);
  if (!words.length) return '?';
  const chosen = words.length > 1 ? [words[0], words.at(group ? 1 : -1)] : words;
  return chosen.map((word) => splitGraphemes(word)[0]).join('').toLocaleUpperCase();
}

export function hueOf(name) {
  let hash = 2166136261;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 16777619);
  return (hash >>> 8) % HUES;
}

/**
 * Makes `node` (class avatar) the picture of `name`: round for a person, a square with round corners for a group.
 * `url` is that of a picture; below it are the initials, which stay when it cannot be loaded.
 */
export function paintAvatar(node, name, { group = false, url = null } = {}) {
  const of = `${group ? '\n' : ''}${name}\n${url ?? ''}`;
  if (node.dataset.of === of) return;
  node.dataset.of = of;
  node.dataset.hue = hueOf(name);
  node.classList.toggle('avatar-group', group);
  const shown = node.querySelector('img');
  node.textContent = initials(name, { group });
  if (url) node.append(shown?.getAttribute('src') === url ? shown : makePicture(url));
}

function makePicture(url) {
  const image = document.createElement('img');
  Object.assign(image, { className: 'avatar-picture', alt: '', draggable: false });
  image.decoding = loaded.has(url) ? 'sync' : 'async';
  image.loading = loaded.has(url) ? 'eager' : 'lazy';
  image.onload = () => loaded.add(url);
  image.onerror = () => image.remove();
  image.src = url;
  return image;
}
