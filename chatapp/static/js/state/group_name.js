const NAMED = 3; // others that are all named; of more, two and how many more there are

/** What a group without a title goes by: the names of its members, without oneself. */
export function groupName({ members, member_count: count }, myId) {
  const names = members.filter((member) => member.id !== myId).map((member) => member.display_name);
  const others = Math.max(names.length, count - 1);
  if (others === 0) return 'Just you';
  if (others > NAMED) return `${names.slice(0, 2).join(', ')} and ${others - 2} others`;
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
