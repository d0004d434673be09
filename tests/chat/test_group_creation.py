"""How groups begin: retries, the same people again, one person, a thousand."""

import uuid

from tests.support.crowd import make_crowd, set_active
from tests.support.groups import add, check_refused, create, leave, lines, make_group, remove, rename, set_role
from tests.support.people import Person
from tests.support.server import Server


def test_oneself_and_doubles_count_once(alice: Person, bob: Person, charlie: Person) -> None:
    made = create(alice, [bob.id, alice.id, bob.id, bob.id]).json()["conversation"]
    assert made["member_count"] == len(made["members"]) == 2
    again = add(alice, made["id"], charlie, charlie, bob, alice).json()["conversation"]
    assert again["member_count"] == len(again["members"]) == 3
    assert lines(bob, made["id"])[-1] == f"{alice.username} added {charlie.username}"


def test_a_group_of_one(alice: Person, bob: Person) -> None:
    first = create(alice, [])
    made = first.json()["conversation"]
    assert (first.status_code, made["member_count"]) == (201, 1)
    assert create(alice, [alice.id]).json()["conversation"]["id"] == made["id"]
    assert add(alice, made["id"], bob).json()["conversation"]["member_count"] == 2
    assert create(alice, []).status_code == 201, "that one is another group now"


def test_the_last_one_may_leave_and_nobody_finds_it_again(alice: Person) -> None:
    group = make_group(alice)
    answer = leave(alice, group)
    assert (answer.status_code, answer.json()) == (200, {"conversation": None})
    assert alice.get(f"/chat/{group}").status_code == 404
    assert leave(alice, group).status_code == 404
    assert alice.json(f"/api/conversations?with_users={alice.id}")["conversations"] == []


def test_1000_are_not_too_many_and_one_more_is(server: Server, alice: Person, bob: Person) -> None:
    crowd = make_crowd(server.database, 999)
    made = create(alice, crowd[:499], title="All of us").json()["conversation"]
    body = {"user_ids": crowd, "history": "all"}
    full = alice.call("POST", f"/api/conversations/{made['id']}/members", body).json()["conversation"]
    assert (full["member_count"], len(full["members"])) == (1000, 50)
    assert lines(alice, made["id"])[-1].endswith(" and 498 others")
    check_refused(add(alice, made["id"], bob), 400, "bad_request", "1,000 members at most", "1,001")


def test_a_retry_after_leaving_is_no_way_back(alice: Person, bob: Person) -> None:
    client_id = str(uuid.uuid4())
    group = create(alice, [bob.id], client_id=client_id).json()["conversation"]["id"]
    assert leave(alice, group).status_code == 409
    assert set_role(alice, group, bob, "owner").status_code == 200
    assert leave(alice, group).status_code == 200
    check_refused(create(alice, [bob.id], client_id=client_id), 409, "conflict")
    assert add(bob, group, alice).status_code == 200
    again = create(alice, [bob.id], client_id=client_id)
    assert (again.status_code, again.json()["conversation"]["id"]) == (200, group)


def test_a_retry_finds_its_group_whatever_has_happened_to_it(server: Server, alice: Person, bob: Person) -> None:
    client_id = str(uuid.uuid4())
    (other,) = make_crowd(server.database, 1)
    group = create(alice, [bob.id, other], title="Trip", client_id=client_id).json()["conversation"]["id"]
    rename(alice, group, "Voyage")
    remove(alice, group, bob)
    set_active(server.database, other, False)
    again = create(alice, [bob.id, other], title="Trip", client_id=client_id.upper())
    assert (again.status_code, again.json().get("conversation", {}).get("id")) == (200, group), again.text


def test_a_client_id_is_ones_own(alice: Person, bob: Person) -> None:
    client_id = str(uuid.uuid4())
    made = [create(who, [other.id], title="Mine", client_id=client_id) for who, other in ((alice, bob), (bob, alice))]
    assert [answer.status_code for answer in made] == [201, 201]
    assert len({answer.json()["conversation"]["id"] for answer in made}) == 2


def test_a_named_group_of_the_same_people_is_another_one(alice: Person, bob: Person) -> None:
    plain = create(alice, [bob.id]).json()["conversation"]["id"]
    named = create(alice, [bob.id], title="Named")
    assert named.status_code == 201
    assert create(bob, [alice.id]).json()["conversation"]["id"] == plain
    found = bob.json(f"/api/conversations?with_users={alice.id}")["conversations"]
    assert {one["id"] for one in found} == {plain, named.json()["conversation"]["id"]}
    assert rename(bob, plain, "Also named").status_code == 200
    assert create(alice, [bob.id]).status_code == 201, "no untitled one is left"
