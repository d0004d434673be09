// Runs where client_state.js has run: things that a person could do next, chosen by rolls of dice (numbers from 0 to
// 1) among what this page knows. `client.step` begins one and says what it was.
() => {
  const { store } = client;
  const pick = (list, roll) => list[Math.floor(roll * list.length)];
  const all = () => store.known.all().filter(({ kind, last_seq: last }) => kind === 'group' || last > 0);
  const groups = () => store.known.all().filter(({ kind }) => kind === 'group');
  const personBy = (roll) => pick(store.people(), roll).id;
  const memberBy = ({ members }, roll) => pick(members, roll).id;
  const between = (low, high, roll) => low + Math.round(roll * Math.max(0, high - low));
  const at = ({ id }) => ({ conversationId: id });
  const mine = () => all().map(({ last_message: last }) => last).filter((last) => last?.kind === 'text' && last.sender_id === store.me.id);

  // name: [among what, (one of them, rolls, text) => what is done with it]
  const steps = {
    send: [all, (one, _, text) => ['send', at(one), text]],
    say_to_somebody: [() => [null], (_, [a], text) => ['send', { userId: personBy(a) }, text]],
    delete: [() => mine().filter((one) => !one.deleted_at), (one) => ['deleteMessage', one.id, one.body]],
    undelete: [() => mine().filter((one) => one.deleted_at), (one) => ['restoreMessage', one.id]],
    read_all: [all, (one) => ['read', at(one), one.last_seq]],
    read_some: [all, (one, [a]) => ['read', at(one), between(one.last_read_seq, one.last_seq, a)]],
    mark_unread: [all, (one, [a]) => ['markUnread', one.id, between(1, one.last_seq, a)]],
    open: [all, (one) => ['open', at(one)]],
    close: [all, (one) => ['close', at(one)]],
    look_back: [all, (one, [a]) => ['lookAround', at(one), between(one.visible_from_seq, one.last_seq, a)]],
    look_at_end: [all, (one) => ['lookAtEnd', at(one)]],
    notify: [all, (one, [a]) => ['setOwn', one.id, { notify: pick(['all', 'mentions', 'nothing'], a) }]],
    shelf: [all, (one, [a]) => ['setOwn', one.id, { shelf: pick([null, 'archived', 'hidden'], a) }]],
    rename: [groups, (one, _, text) => ['rename', one.id, text]],
    add: [groups, (one, [a, b, c]) => ['addMembers', one.id, [personBy(a), personBy(b)], pick(['all', 'from_now'], c)]],
    remove: [groups, (one, [a]) => ['removeMember', one.id, memberBy(one, a)]],
    leave: [groups, (one) => ['leave', one.id]],
    role: [groups, (one, [a, b]) => ['setRole', one.id, memberBy(one, a), pick(['owner', 'member'], b)]],
    create: [() => [null], (_, [a, b], text) => ['createGroup', { title: text, userIds: [personBy(a), personBy(b)] }]],
    create_untitled: [() => [null], (_, [a, b]) => ['createGroup', { userIds: [personBy(a), personBy(b)] }]],
    share_reads: [() => [null], () => ['setAccount', { shares_reads: !store.me.shares_reads }]],
    cut: [() => [null], () => ['cut']],
  };

  client.step = (name, [which, ...rolls], text) => {
    const [among, make] = steps[name];
    const found = among();
    if (!found.length) return null;
    const [command, ...values] = make(pick(found, which), rolls, text);
    client.begin(command, values);
    return `${command} ${JSON.stringify(values)}`;
  };
}
