// What one does with messages in the list: their menu, their buttons, their keys.
import { actOnUnsent, actionsOf } from './message_actions.js';
import { playPicture, reloadPicture } from './attachments.js';
import { MessageFocus } from './message_focus.js';
import { MessageMore } from './message_more.js';
import { loadModule } from './on_demand.js';
import { showSeenBy } from './receipt.js';

export class MessageControls {
  /** view: the Conversation. */
  constructor(view) {
    this.view = view;
    const { list, store } = view;
    const markUnread = (seq) => view.timeline.markUnreadFrom(seq).catch((error) => store.report(error));
    const more = new MessageMore(list.rows, (node) => actionsOf(list.itemOf(node), { store, timeline: view.timeline, markUnread }));
    this.keys = new MessageFocus(list, { open: (node) => more.open(node), leave: () => view.focus() });
  }

  /** After each pass. */
  settle() {
    this.keys.settle();
  }

  /** A button in a row was pressed. */
  act(name, node, button) {
    if (name === 'play') return playPicture(button);
    if (name === 'picture') return reloadPicture(button) ? undefined : this.#showPicture(Number(button.dataset.file));
    const { timeline, list, composer, store } = this.view;
    if (name === 'seen-by') return showSeenBy(store, timeline.conversation, list.seen.item);
    const item = list.itemOf(node);
    if (item?.pending) actOnUnsent(name, node, item, { timeline, composer, limit: store.limits.body_chars });
    return undefined;
  }

  async #showPicture(id) {
    const { timeline, address } = this.view;
    const module = await loadModule(() => import('../on_demand/picture_view.js'));
    module?.showPicture(timeline, id, address);
  }
}
