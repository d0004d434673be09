import { paintAvatar } from '../lib/avatar.js';

/** Paints an avatar that the server's page left empty. */
export function start(root) {
  paintAvatar(root, root.dataset.name, { url: root.dataset.url || null });
}
