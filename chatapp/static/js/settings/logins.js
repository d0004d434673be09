// Ends other log-ins without leaving the page.
import { part, setText } from '../lib/dom.js';
import { Refusal, post } from './post.js';

export function startLogins() {
  const root = document.querySelector('[data-logins]');
  root.addEventListener('submit', (event) => {
    event.preventDefault();
    end(root, event.target);
  });
}

async function end(root, form) {
  const button = form.querySelector('button');
  const isAll = form.dataset.part === 'end-others';
  button.disabled = true;
  setText(part('fault', root), '');
  setText(part('said', root), '');
  try {
    const { saved } = await post(form.action, new FormData(form));
    const gone = isAll ? root.querySelectorAll('.login:not([data-current])') : [form.closest('.login')];
    for (const row of gone) row.remove();
    if (root.querySelectorAll('.login').length === 1) part('end-others', root).hidden = true;
    setText(part('said', root), saved);
    focusOn(root.querySelector('h2'));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    button.disabled = false;
    setText(part('fault', root), error.message);
    button.focus();
  }
}

/** What had the focus is gone. */
function focusOn(heading) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
