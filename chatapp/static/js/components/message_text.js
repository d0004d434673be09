// A message's text on the page: text nodes and links, never markup.
import { el } from '../lib/dom.js';
import { permalinkOf } from './address.js';
import * as linkify from '../vendor/linkify.min.js';

const SAFE = new Set(['http:', 'https:', 'mailto:']);
const MAY_LINK = /\S[.@]\S|:\/\//; // most messages have none of these and skip the search

/** Puts `body` into `node`: as text, with links where the text has some. */
export function fillText(node, body) {
  const links = MAY_LINK.test(body) ? findLinks(body) : [];
  if (!links.length) {
    node.textContent = body;
    return;
  }
  const pieces = [];
  let at = 0;
  for (const link of links) {
    pieces.push(body.slice(at, link.start), makeLink(link));
    at = link.end;
  }
  node.replaceChildren(...pieces, body.slice(at));
}

function findLinks(body) {
  return linkify.find(body, { defaultProtocol: 'https' }).filter((link) => SAFE.has(schemeOf(link.href)));
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
