// What a new message does besides standing in its conversation: nothing, a card in the page, a notification of the
// system, a sound. How that is decided: docs/notifications.md.
import { announce } from '../components/announcer.js';
import { pathOf } from '../components/address.js';
import { newsOf } from '../lib/attachments.js';
import { mentionsOf } from '../lib/mentions.js';
import { Invitation } from './invitation.js';
import { NoticeCards } from './notice_cards.js';
import * as push from './push.js';
import { quietly } from './quietly.js';
import { browserZone, isQuiet } from './quiet_hours.js';
import { isSoundOn, maySound, play } from './sound.js';
import * as system from './system_notifications.js';
import { Tabs } from './tabs.js';
import { claim, leaveHere, setHere } from './told.js';
import { Withdrawal } from './withdrawal.js';

const GATHER = 300; // ms in which what was missed comes together
const MOST_LATE = 3; // conversations that are told of when they moved while this page was away
const OLD = 60 * 60 * 1000; // ms after which what was missed is no news
const WAIT = 400; // ms that a tab without the focus lets one with it be first, where they know nothing of each other

export class Notifications {
  #told = new Map(); // conversation id -> seq that this page has told of
  #early = new Map(); // conversation id -> a message that came before word of its conversation
  #late = new Map(); // conversation id -> the last message that was missed

  /** open(target, url): shows a conversation; place(): the id of the one shown; leave(): gives the focus back. */
  constructor(store, { loginId, open, place, leave }) {
    Object.assign(this, { store, open, place });
    this.who = { userId: store.me.id, loginId };
    this.tabs = new Tabs(store.me.id, place);
    this.cards = new NoticeCards({ open, leave });
    this.withdrawal = new Withdrawal(store, this.cards);
    this.invitation = new Invitation(store, this.who);
    store.on('conversations', () => this.#moved());
    store.on('unread', () => this.#showBadge());
    store.on('signed_out', () => this.#forget());
    navigator.serviceWorker?.addEventListener('message', ({ data }) => this.#said(data));
    this.#begin();
  }

  /** A message came live, or (`isLate`) is the last one of what was missed. */
  arrived({ message, isLate = false }) {
    const { conversation_id: id } = message;
    if (!this.store.conversation(id)) this.#early.set(id, message);
    else if (isLate) this.#gather(message);
    else this.#tell(message);
  }

  /** Another conversation is shown. */
  moved() {
    this.tabs.update();
    this.cards.close(this.place());
  }

  /** The log-out was chosen. */
  async leave() {
    await Promise.allSettled([push.forget(), this.#forget()]);
  }

  async #begin() {
    const { store } = this;
    this.#moved();
    await setHere({ user_id: store.me.id, sound: isSoundOn() });
    await this.withdrawal.close();
    if (store.me.time_zone === null) await quietly(() => store.setAccount({ time_zone: browserZone() }));
    await quietly(() => push.keepUp(this.who));
  }

  #isNews({ conversation_id: id, seq, kind, sender_id: sender, deleted_at: deleted, body }) {
    const { me, login } = this.store;
    const conversation = this.store.conversation(id);
    if (!conversation || login.isOver || kind !== 'text' || sender === me.id || deleted) return false;
    if (seq <= conversation.last_read_seq || conversation.notify === 'nothing') return false;
    return conversation.notify !== 'mentions' || mentionsOf(body, me.username).length > 0;
  }

  #gather(message) {
    if (Date.now() - Date.parse(message.created_at) > OLD) return;
    if (!this.#late.size) setTimeout(() => this.#tellLate(), GATHER);
    this.#late.set(message.conversation_id, message);
  }

  #tellLate() {
    const newest = [...this.#late.values()].sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
    this.#late.clear();
    for (const message of newest.slice(-MOST_LATE)) this.#tell(message);
  }

  async #tell(message) {
    const { conversation_id: id, seq } = message;
    if (!this.#isNews(message) || seq <= (this.#told.get(id) ?? 0)) return;
    this.#told.set(id, seq);
    const all = await this.tabs.look();
    if (!this.#isNews(message)) return; // read meanwhile
    const isQuietNow = isQuiet(this.store.me);
    const speaks = this.tabs.isInSight && (this.tabs.hasFocus || !all.hasFocus);
    if (speaks && !all.isReading(id) && this.place() !== id) this.#showCard(message);
    if (isQuietNow) return;
    const sounds = await this.#claimSound(all, message);
    if (!all.isInSight && push.stateOf() === 'on') await this.#notify(message, sounds);
    if (sounds) quietly(play);
  }

  /** Whether this tab is to sound: one does, and none while somebody is at the chat. */
  async #claimSound(all, { conversation_id: id, seq }) {
    if (!navigator.locks && !all.hasFocus) await new Promise((go) => setTimeout(go, WAIT));
    const isAtIt = all.hasFocus;
    if (!isSoundOn() || (isAtIt && navigator.locks) || !(isAtIt || maySound())) return false;
    return (await claim('sound', this.who.userId, id, seq)) && !isAtIt;
  }

  #showCard(message) {
    const { store } = this;
    const { conversation_id: id, seq } = message;
    const conversation = store.conversation(id);
    const { title, line, author } = this.#words(message, conversation);
    const path = pathOf({ conversationId: id });
    const isGroup = conversation.kind === 'group';
    const avatarUrl = store.partnerOf(conversation)?.avatar_url;
    this.cards.show({ id, seq, name: title, isGroup, avatarUrl, line, count: conversation.unread, path });
    announce(() => (isGroup ? `${author()} in ${title}` : title), newsOf(message));
  }

  async #notify(message, sounds) {
    const { conversation_id: id, seq } = message;
    if (!(await claim('shown', this.who.userId, id, seq))) return;
    const conversation = this.store.conversation(id);
    if (!conversation) return; // one has left meanwhile
    const { title, line } = this.#words(message, conversation);
    const data = { url: pathOf({ conversationId: id, seq }), user_id: this.who.userId, conversation_id: id, seq };
    const body = this.store.me.push_shows_text === false ? 'New message' : line;
    // Where this page sounds, or nothing shall, the system need not.
    const silent = sounds || !isSoundOn();
    await quietly(() => system.show({ title, body, count: conversation.unread, silent, data }));
    await this.withdrawal.close(id); // it may have been read meanwhile
  }

  #words(message, conversation) {
    const author = () => this.store.userById(message.sender_id)?.display_name ?? 'Someone';
    const news = newsOf(message);
    const title = this.store.title(conversation);
    return { title, author, line: conversation.kind === 'group' ? `${author()}: ${news}` : news };
  }

  #moved() {
    for (const [id, message] of this.#early) {
      if (!this.store.conversation(id)) continue;
      this.#early.delete(id);
      this.#tell(message);
    }
    this.withdrawal.moved();
  }

  #showBadge() {
    const unread = this.store.totalUnread();
    if (unread) navigator.setAppBadge?.(unread).catch(() => {});
    else navigator.clearAppBadge?.().catch(() => {});
  }

  /** The service worker says: a notification was clicked, or a push came of which this page may not know. */
  #said({ type, url, conversation_id: id, seq }) {
    if (type === 'open' && url) this.open(id ? { conversationId: id, seq } : null, url);
    if (type === 'pushed' && !this.store.isConnected) this.store.wake();
  }

  async #forget() {
    this.cards.closeAll();
    navigator.clearAppBadge?.().catch(() => {});
    await leaveHere(this.who.userId);
    await this.withdrawal.closeAll();
  }
}
