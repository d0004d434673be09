// A plain script in <head>: it blocks for a moment so that the first paint
// already has the reader's theme and the list as they left it.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem('chat.theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    if (localStorage.getItem('chat.people') === 'collapsed') root.dataset.people = 'collapsed';
  } catch (error) {
    // Storage is switched off: the page follows the system, the list is open.
    root.dataset.storage = 'none';
  }
})();
