// Where files come from: the button, dropping them on the conversation, pasting.
import { part, setText } from '../lib/dom.js';

const hasFiles = (data) => Boolean(data?.types.includes('Files'));

export class FileSources {
  /**
   * isOpen(): whether there is a conversation to take them; expect(): some may come soon;
   * add(files, aside): they have, `aside` says what else was not taken; leave(): back to the text.
   */
  constructor(root, { isOpen, expect, add, leave }) {
    Object.assign(this, { root, isOpen, expect, add, leave });
    this.target = part('drop-target', root);
    this.button = part('attach', root);
    this.#listenToButton(part('file-input', root));
    addEventListener('paste', (event) => this.#paste(event));
    this.#listenForDrops();
  }

  /** Says to whom they would go. */
  address(name) {
    setText(part('drop-text', this.target), name ? `Drop files here to share them with ${name}` : 'Drop files here to share them');
  }

  /** Another conversation is shown. */
  reset() {
    this.target.hidden = true;
  }

  #listenToButton(input) {
    this.button.addEventListener('click', () => input.click());
    for (const type of ['pointerenter', 'focus']) this.button.addEventListener(type, () => this.expect(), { once: true });
    input.addEventListener('change', () => {
      const files = [...input.files];
      input.value = ''; // the same ones may be chosen again
      this.add(files).then(this.leave);
    });
  }

  /** What has both, as tables copied from a sheet have, is text; so is what is pasted into another box. */
  #paste(event) {
    const { clipboardData: data, target } = event;
    const isText = data?.types.includes('text/plain') && data.types.includes('text/html');
    const isOurs = target === document.body || (this.root.contains(target) && !target.closest('.message-editor'));
    if (!data?.files.length || isText || !isOurs || !this.isOpen()) return;
    event.preventDefault();
    this.add([...data.files]);
  }

  #listenForDrops() {
    const { root, target } = this;
    root.addEventListener('dragenter', (event) => {
      if (!hasFiles(event.dataTransfer) || !this.isOpen()) return;
      target.hidden = false;
      this.expect();
    });
    root.addEventListener('dragleave', (event) => {
      if (!root.contains(event.relatedTarget)) target.hidden = true;
    });
    root.addEventListener('drop', (event) => this.#drop(event));
    // Beside the conversation a file would be opened in place of the page.
    for (const type of ['dragover', 'drop']) {
      addEventListener(type, (event) => {
        if (!hasFiles(event.dataTransfer) || event.defaultPrevented) return;
        event.preventDefault();
        const isHere = root.contains(event.target) && this.isOpen();
        event.dataTransfer.dropEffect = isHere ? 'copy' : 'none';
        target.hidden = type === 'drop' || !isHere; // some browsers tell wrongly of leaving
      });
    }
  }

  #drop(event) {
    this.target.hidden = true;
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    const items = [...event.dataTransfer.items];
    const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory);
    const files = items.filter((item) => !folders.includes(item)).map((item) => item.getAsFile()).filter(Boolean);
    this.add(files, folders.length ? 'Folders cannot be shared, only the files in them.' : '');
    this.leave();
  }
}
