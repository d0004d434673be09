// The log-in has ended while the page was open: say why, and that nothing typed is lost.
import { part, setText } from '../lib/dom.js';
import { plural } from '../lib/text.js';

const REASONS = {
  other_user: 'Somebody else has logged in with this browser.',
  logged_out: 'You logged out in another tab or window.',
  password_changed: 'Your password was changed, so this log-in has ended.',
  deactivated: 'Your account was switched off by an administrator.',
  revoked: 'This log-in was ended from another device.',
};

export function showSessionEnd(reason, unsent) {
  const kept = unsent ? ` ${unsent} unsent ${plural(unsent, 'message is', 'messages are')} kept in this browser and will go out when you log in again.` : '';
  const dialog = part('ended-dialog');
  setText(part('ended-text', dialog), (REASONS[reason] ?? 'Your log-in has ended.') + kept);
  const link = part('ended-link', dialog);
  link.search = new URLSearchParams({ next: location.pathname });
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  if (!dialog.open) dialog.showModal();
}
