// Offers the time zone that this browser is in.
import { part, setText } from '../lib/dom.js';

export function startTimeZone() {
  const select = document.getElementById('time_zone');
  const quiet = document.getElementById('quiet');
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const option = [...select.options].find(({ value }) => value === here);
  if (!option) return;
  const offer = part('zone-offer');
  const show = () => { offer.hidden = select.value === here; };
  const take = () => {
    select.value = here;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  };
  setText(part('zone-name'), `${option.parentNode.label}/${option.textContent}`);
  part('zone-take').addEventListener('click', () => {
    take();
    select.focus(); // the button goes
  });
  select.addEventListener('change', show);
  quiet.addEventListener('change', () => quiet.checked && !select.value && take());
  show();
}
