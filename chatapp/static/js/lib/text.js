// Questions about text that need no page.
import { formatNumber } from './time.js';

const FOLD_LINES = 40;
const LINE_LETTERS = 72;
const EMOJI_MOST = 6;
const emojiOnly = makeEmojiPattern();
const graphemes = 'Segmenter' in Intl ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null;

/** Code points, as the server counts them. */
export function countCharacters(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export function splitGraphemes(text) {
  return graphemes ? Array.from(graphemes.segment(text), (part) => part.segment) : Array.from(text);
}

export function isEmojiOnly(body) {
  if (body.length > 80 || !emojiOnly.test(body)) return false;
  return splitGraphemes(body.replace(/\s/g, '')).length <= EMOJI_MOST;
}

/** Guessed from the text alone: measuring would cost a layout for every message. */
export function isLong(body) {
  if (body.length < FOLD_LINES) return false;
  let lines = 0;
  for (const line of body.split('\n')) lines += Math.max(1, Math.ceil(line.length / LINE_LETTERS));
  return lines > FOLD_LINES;
}

/** A line for the list: no line breaks, no more than it can show. */
export const toOneLine = (body) => body.slice(0, 200).replace(/\s+/g, ' ').trim();

/** "Ann", "Ann and Bob", "Ann, Bob and 4 others" where there are more than `most`. */
export function listNames(names, most = 3) {
  const rest = names.length - (names.length > most ? most - 1 : names.length);
  const told = rest ? [...names.slice(0, most - 1), `${rest} others`] : names;
  return told.length < 2 ? told.join('') : `${told.slice(0, -1).join(', ')} and ${told.at(-1)}`;
}

export const plural = (count, one, many) => (count === 1 ? one : many);

export const countPeople = (count) => `${formatNumber(count)} ${plural(count, 'person', 'people')}`;

function makeEmojiPattern() {
  try {
    return new RegExp('^(?:\\p{RGI_Emoji}|\\s)+$', 'v');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // an older browser without the v flag
    return /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|[\u200d\ufe0f]|\p{Emoji_Modifier}|\s)+$/u;
  }
}
