import { setAttribute } from '../lib/dom.js';
import { readPreference, writePreference } from './preference.js';

/** A button that is pressed while new messages sound in this browser. */
export function start(root) {
  const isOn = () => readPreference('sound') !== 'off';
  const show = () => {
    setAttribute(root, 'aria-pressed', String(isOn()));
    setAttribute(root, 'title', isOn() ? 'Sound is on' : 'Sound is off');
  };
  root.hidden = false;
  show();
  root.addEventListener('click', async () => {
    writePreference('sound', isOn() ? 'off' : 'on');
    show();
    const sound = await import('../on_demand/sound.js').catch(() => null); // a newer version is being served
    sound?.switched();
  });
  addEventListener('storage', ({ key }) => key === 'chat.sound' && show());
}
