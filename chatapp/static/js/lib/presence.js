// How it is shown and said that somebody is here.
import { setAttribute } from './dom.js';
import { formatLastSeen } from './time.js';

const WORDS = { online: 'Online', away: 'Away', offline: 'Offline' };

/** In words; empty while it is not known. */
export function sayPresence(presence, now) {
  if (!presence) return '';
  const { state, lastSeen } = presence;
  return state === 'offline' && lastSeen ? formatLastSeen(lastSeen, now) : WORDS[state];
}

/** Puts the dot on an avatar, or takes it away: undefined. Who is offline has none. */
export function paintPresence(avatar, presence) {
  setAttribute(avatar, 'data-presence', presence && presence.state !== 'offline' ? presence.state : null);
}

/** "@ann · Online" */
export function aboutUser({ username }, presence) {
  return [`@${username}`, sayPresence(presence)].filter(Boolean).join(' · ');
}
