// What may go wrong or cannot be taken back: asks first, and says beside the button what went wrong.
import { part, setText } from '../lib/dom.js';

/** Does `work`; true when it held, else the reason stands in `fault`. */
export async function attempt(fault, work) {
  setText(fault, '');
  try {
    await work();
    return true;
  } catch (error) {
    setText(fault, error.code ? error.message : 'Something went wrong here. Please load the page again.');
    if (!error.code) throw error;
    return false;
  }
}

/** Asks; resolves with whether `act` was chosen and held. */
export function ask({ title, text, label, act }) {
  const dialog = part('ask-dialog');
  const go = part('ask-go', dialog);
  const fault = part('ask-error', dialog);
  setText(part('ask-title', dialog), title);
  setText(part('ask-text', dialog), text);
  setText(go, label);
  setText(fault, '');
  let isDone = false;
  part('ask-stop', dialog).onclick = () => dialog.close();
  go.onclick = async () => {
    go.disabled = true;
    isDone = await attempt(fault, act).finally(() => { go.disabled = false; });
    if (isDone) dialog.close();
    else go.focus();
  };
  dialog.showModal();
  return new Promise((resolve) => { dialog.onclose = () => resolve(isDone); });
}
