// Oneself at the foot of the list: name and picture as they are by now.
import { paintAvatar } from '../lib/avatar.js';
import { part, setText } from '../lib/dom.js';

export function startMe(store) {
  const draw = () => {
    const { display_name: name, avatar_url: url } = store.me;
    setText(part('me-name'), name);
    paintAvatar(part('me-avatar'), name, { url });
  };
  store.on('people', draw);
  draw();
}
