import { part, setText } from '../lib/dom.js';

/** What the page says while nobody is picked; `isAlone`: there is nobody to pick. */
export function showWelcome(root, { isAlone }) {
  setText(part('welcome-title', root), isAlone ? 'You are the first one here' : 'Pick someone to talk to');
  setText(part('welcome-text', root), isAlone
    ? 'Share the address in the list. Whoever signs up appears there at once.'
    : 'Choose a name from the list. What you write arrives at once, and waits for those who are away.');
}
