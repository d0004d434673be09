// The page of one's own settings: its forms work without scripts; here they save in their place.
import { paintAvatar } from '../lib/avatar.js';
import { part, setText } from '../lib/dom.js';
import { formatFull, formatSince } from '../lib/time.js';
import { SettingsForm } from './form.js';
import { startLogins } from './logins.js';
import { startPicture } from './picture.js';
import { startTimeZone } from './time_zone.js';

const forms = [...document.querySelectorAll('form[data-settings]')].map((form) => new SettingsForm(form, { saved: showUser }));

addEventListener('beforeunload', (event) => {
  if (forms.some((form) => form.isDirty)) event.preventDefault();
});

for (const node of document.querySelectorAll('time[data-part="moment"]')) {
  const date = new Date(node.dateTime);
  setText(node, formatSince(date));
  node.title = formatFull(date);
}

startPicture({ saved: showUser });
startTimeZone();
startLogins();

/** Name and picture as they are now. */
function showUser({ user }) {
  const avatar = part('picture-avatar');
  paintAvatar(avatar, user.display_name, { url: user.avatar_url });
  part('picture-remove').hidden = user.avatar_url === null;
}
