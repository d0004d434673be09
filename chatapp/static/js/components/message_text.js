// A message's text on the page: text nodes and links, never markup.
import { el } from '../lib/dom.js';
import { mentionsOf } from '../lib/mentions.js';
import { permalinkOf } from './address.js';

const SAFE = new Set(['http:', 'https:', 'mailto:']);
const MAY_LINK = /\S[.@]\S|:\/\//; // most messages have none of these and skip the search

let reader = '';
let linkify = null; // a large library, loaded when a text first may have a link
const waiting = new Map(); // node -> its text, until then

/** Where a message names this person, that stands out. */
export function highlightMentionsOf(username) {
  reader = username;
}

/**
 * Puts `body` into `node`: as text, with links where the text has some, and with the names of who reads it marked.
 * Links of the first ones follow a moment later, in their place.
 */
export function fillText(node, body) {
  waiting.delete(node);
  const marks = [...(MAY_LINK.test(body) ? findLinks(body, node) : []), ...findMentions(body)].sort((a, b) => a.start - b.start);
  if (!marks.length) {
    node.textContent = body;
    return;
  }
  const pieces = [];
  let at = 0;
  for (const mark of marks) {
    if (mark.start < at) continue; // within a link
    pieces.push(body.slice(at, mark.start), mark.href ? makeLink(mark) : el('mark', { class: 'mention' }, body.slice(mark.start, mark.end)));
    at = mark.end;
  }
  node.replaceChildren(...pieces, body.slice(at));
}

const findMentions = (body) => (reader ? mentionsOf(body, reader) : []);

function findLinks(body, node) {
  if (!linkify) {
    if (!waiting.size) loadLinkify();
    waiting.set(node, body);
    return [];
  }
  return linkify.find(body, { defaultProtocol: 'https' }).filter((link) => SAFE.has(schemeOf(link.href)));
}

/** Without it texts stay texts; the next one tries again. */
async function loadLinkify() {
  try {
    linkify = await import('../vendor/linkify.min.js');
  } catch (error) {
    console.warn('links cannot be shown', error);
  }
  const texts = [...waiting];
  waiting.clear();
  if (linkify) for (const [node, body] of texts) fillText(node, body);
}

function schemeOf(href) {
  const url = URL.parse ? URL.parse(href) : tryParse(href);
  return url ? url.protocol : '';
}

function tryParse(href) {
  try {
    return new URL(href);
  } catch (error) {
    if (error instanceof TypeError) return null; // not an address: it stays text
    throw error;
  }
}

function makeLink(link) {
  const target = permalinkOf(link.href) ? null : '_blank'; // one of our own messages opens in place
  return el('a', { href: link.href, target, rel: 'noopener noreferrer' }, link.value);
}
