// The picture of somebody without a picture: initials on a hue that is always theirs.
import { splitGraphemes } from './text.js';

const HUES = 12;

export function initials(name) {
  const words = name.trim().split(/[\s._-]+/).filter(Boolean);
  if (!words.length) return '?';
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => splitGraphemes(word)[0]).join('').toLocaleUpperCase();
}

export function hueOf(name) {
  let hash = 2166136261;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 16777619);
  return (hash >>> 8) % HUES;
}

/** Makes `node` (class avatar) the picture of `name`. */
export function paintAvatar(node, name) {
  if (node.dataset.of === name) return;
  node.dataset.of = name;
  node.dataset.hue = hueOf(name);
  node.textContent = initials(name);
}
