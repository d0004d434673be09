// Behaviour hangs on `data-module`. A module's code is fetched only by pages that use it.
const modules = {
  'avatar': () => import('./components/avatar.js'),
  'chat': () => import('./components/chat.js'),
  'password-field': () => import('./components/password_field.js'),
  'theme-switch': () => import('./components/theme_switch.js'),
};

for (const root of document.querySelectorAll('[data-module]')) {
  modules[root.dataset.module]().then((module) => module.start(root));
}

// A page that the browser kept for Back may show what a log-out has closed.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
