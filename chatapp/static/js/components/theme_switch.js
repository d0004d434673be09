import { readPreference, writePreference } from './preference.js';

/** System, light or dark. before_paint.js applies the choice on the next page. */
export function start(root) {
  root.hidden = false;
  const chosen = readPreference('theme') ?? 'system';
  for (const radio of root.querySelectorAll('input')) {
    radio.checked = radio.value === chosen;
    radio.addEventListener('change', () => choose(radio.value));
  }
  showColour(chosen);
  addEventListener('storage', (event) => {
    if (event.key === 'chat.theme') apply(event.newValue);
  });
}

function choose(theme) {
  writePreference('theme', theme);
  apply(theme);
}

function apply(theme) {
  const root = document.documentElement;
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  else delete root.dataset.theme;
  showColour(theme);
}

/** What the browser around the page is coloured like: as the system, or as chosen. */
function showColour(theme) {
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    meta.dataset.media ??= meta.media;
    meta.media = meta.dataset.media.includes(theme) ? 'all' : theme === 'light' || theme === 'dark' ? 'not all' : meta.dataset.media;
  }
}
