// `@username` in a text: not inside a word, an address or a link.

const MENTION = /(?<![\p{L}\p{N}_+@/])@([a-z0-9][a-z0-9._-]*)(?![\p{L}\p{N}_@])/giu;
const TRAILING = /[._-]+$/; // a full stop ends the sentence, or belongs to the name

/** Where `body` names this person: [{ start, end }]. */
export function mentionsOf(body, username) {
  if (!body.includes('@')) return [];
  const wanted = username.toLowerCase();
  return Array.from(body.matchAll(MENTION), (match) => ({ start: match.index, name: match[1].toLowerCase() }))
    .filter(({ name }) => name === wanted || name.replace(TRAILING, '') === wanted || isFollowedByMarks(name, wanted))
    .map(({ start }) => ({ start, end: start + 1 + wanted.length }));
}

const isFollowedByMarks = (name, wanted) => name.startsWith(wanted) && !name.slice(wanted.length).replace(TRAILING, '');
