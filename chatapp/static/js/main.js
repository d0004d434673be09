// Behaviour hangs on `data-module`. The chat page has a script of its own besides (components/chat.js).
// All imports are static but those of on_demand/, so a page that has loaded is a page that answers.
import * as avatar from './components/avatar.js';
import * as passwordField from './components/password_field.js';
import * as soundSwitch from './components/sound_switch.js';
import * as themeSwitch from './components/theme_switch.js';
import * as thisBrowser from './components/this_browser.js';

const modules = {
  'avatar': avatar,
  'password-field': passwordField,
  'sound-switch': soundSwitch,
  'theme-switch': themeSwitch,
  'this-browser': thisBrowser,
};

for (const root of document.querySelectorAll('[data-module]')) modules[root.dataset.module].start(root);

// A page that the browser kept for Back may show what a log-out has closed.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
