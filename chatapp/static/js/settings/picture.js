// Choosing, dropping or pasting a picture: it is cut in a dialog, then saved.
import { part, setAttribute, setText } from '../lib/dom.js';
import { Refusal, post } from './post.js';

/** `saved(answer)` is told after each success. */
export function startPicture({ saved }) {
  const root = part('picture-target');
  const form = part('picture-form', root);
  const remove = part('picture-remove', root);
  const input = form.querySelector('[type="file"]');
  const said = part('said', root);
  const fault = document.getElementById('picture-error');

  const show = (words, refusal = '') => {
    setText(said, words);
    setText(fault, refusal);
    setAttribute(input, 'aria-invalid', refusal ? 'true' : null);
  };

  const save = async (blob) => {
    const data = new FormData(form);
    data.set('picture', blob, 'picture.jpg');
    const answer = await post(form.action, data);
    show(answer.saved);
    saved(answer);
  };

  const cut = async (file) => {
    show('');
    setAttribute(form, 'aria-busy', 'true');
    try {
      const { cropPicture } = await import('../on_demand/crop_dialog.js');
      await cropPicture(file, { save });
    } catch (error) {
      console.warn('a picture', error);
      show('', error instanceof TypeError ? 'A part of this page could not be loaded. Load the page again.' : error.message);
    }
    setAttribute(form, 'aria-busy', null);
    input.value = ''; // so that the same file can be chosen again
  };

  input.addEventListener('change', () => input.files[0] && cut(input.files[0]));
  remove.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const answer = await post(remove.action, new FormData(remove));
      show(answer.saved);
      saved(answer);
      input.focus(); // the button is gone
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      show('', error.words);
    }
  });
  listenForDrops(root, cut);
  addEventListener('paste', (event) => {
    const file = pictureIn(event.clipboardData);
    if (!file || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    cut(file);
  });
}

function listenForDrops(root, cut) {
  const mark = (isOver) => setAttribute(root, 'data-drop', isOver ? '' : null);
  addEventListener('dragover', (event) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault(); // else the browser opens the file in place of the page
    mark(root.contains(event.target));
  });
  addEventListener('dragleave', (event) => event.relatedTarget || mark(false));
  addEventListener('drop', (event) => {
    mark(false);
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (file && root.contains(event.target)) cut(file);
  });
}

function pictureIn(data) {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith('image/'));
}
