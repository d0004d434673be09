"""Files in messages: exactly once, for everybody who is in, and nobody else's."""

import uuid
from collections.abc import Callable
from typing import Any

from tests.support.files import error_of, fetch, picture, send_files, try_upload, upload
from tests.support.groups import make_group, view
from tests.support.people import Cast, Person
from tests.support.sockets import Socket
from tests.support.together import all_at_once

Connect = Callable[..., Socket]


def test_a_picture_and_a_document_reach_the_other_one(
    alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    hers, his = connect(alice), connect(bob)
    photo, paper = upload(alice, "beach.jpg", picture(size=(1300, 900))), upload(alice, "notes.txt", b"hello")
    assert photo == {
        "id": photo["id"],
        "name": "beach.jpg",
        "size": photo["size"],
        "content_type": "image/jpeg",
        "url": photo["url"],
        "thumbnail_url": photo["url"].replace("beach.jpg", "thumbnail.webp"),
        "width": 1300,
        "height": 900,
        "kind": "image",
        "is_animated": False,
    }
    assert (paper["kind"], paper["content_type"], paper["size"]) == ("file", "application/octet-stream", 5)
    assert (paper["thumbnail_url"], paper["width"], paper["height"]) == (None, None, None)
    message = send_files(hers, conversation, photo, paper)
    assert message["body"] == ""
    assert his.wait_for("message_created")["message"] == message
    assert bob.messages(conversation) == [message]
    assert bob.changes(conversation)[0] == [message]
    assert view(bob, conversation)["last_message"] == message
    assert fetch(bob, paper["url"]).content == b"hello"
    shown, small = fetch(bob, photo["url"]), fetch(bob, photo["thumbnail_url"])
    assert (len(shown.content), shown.headers["Content-Type"]) == (photo["size"], "image/jpeg")
    assert (small.headers["Content-Type"], len(small.content) > 0) == ("image/webp", True)


def test_a_retry_sends_the_same_files_once(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    hers, other, his = connect(alice), connect(alice), connect(bob)
    file, another = upload(alice, "a.txt", b"a"), upload(alice, "b.txt", b"b")
    wanted = {"conversation_id": conversation, "client_id": str(uuid.uuid4()), "body": "look"}
    acks: list[Any] = []
    for socket in (hers, other, hers, other):
        socket.emit("message_create", wanted | {"attachment_ids": [file["id"]]}, acks.append)
    for socket in (hers, other):
        socket.settle()
    assert [ack["message"]["attachments"] for ack in acks] == [[file]] * 4
    assert len(bob.messages(conversation)) == 1
    his.wait_for("message_created")
    his.settle()
    assert len(his.got("message_created")) == 1
    for ids in ([], [another["id"]], [file["id"], another["id"]]):
        ack = hers.request("message_create", wanted | {"attachment_ids": ids})
        assert ack["error"]["code"] == "conflict", ids
    send_files(hers, conversation, another)


def test_a_file_is_sent_in_one_message_only(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    """Also when ten messages want it at the same moment."""
    sockets = [connect(alice), connect(alice.elsewhere())]
    file = upload(alice, "a.txt", b"a")
    acks: list[Any] = []

    def send(number: int) -> None:
        acks.append(sockets[number % 2].try_send(conversation, f"{number}", attachment_ids=[file["id"]]))

    all_at_once(*[lambda number=number: send(number) for number in range(10)])
    assert sorted(ack["ok"] for ack in acks) == [False] * 9 + [True]
    assert {ack["error"]["code"] for ack in acks if not ack["ok"]} == {"not_found"}
    assert [message["attachments"] for message in bob.messages(conversation)] == [[file]]


def test_nobody_sends_what_another_uploaded(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    his = connect(bob)
    file = upload(alice, "mine.txt", b"mine")
    for ids in ([file["id"]], [2**50], [upload(bob, "his.txt", b"his")["id"], file["id"]]):
        ack = his.try_send(conversation, "", attachment_ids=ids)
        assert ack["error"]["code"] == "not_found"
    assert bob.messages(conversation) == []
    assert error_of(bob.call("DELETE", f"/api/files/{file['id']}")) == (404, "not_found")
    send_files(connect(alice), conversation, file)


def test_what_makes_no_sense_is_refused(alice: Person, conversation: int, connect: Connect) -> None:
    hers = connect(alice)
    file = upload(alice, "a.txt", b"a")
    for ids in ([file["id"]] * 2, list(range(1, 12)), ["1"], [0], "1", [None]):
        assert hers.try_send(conversation, "", attachment_ids=ids)["error"]["code"] == "bad_request", ids
    assert hers.try_send(conversation, " ")["error"]["message"] == "body: must not be empty"
    ten = [upload(alice, f"{number}.txt", b"x") for number in range(9, -1, -1)]
    message = send_files(hers, conversation, *ten)
    assert [each["name"] for each in message["attachments"]] == [f"{number}.txt" for number in range(9, -1, -1)]


def test_what_is_not_sent_can_be_taken_back(alice: Person, conversation: int, connect: Connect) -> None:
    file = upload(alice, "a.txt", b"a")
    assert fetch(alice, file["url"]).content == b"a"
    assert alice.call("DELETE", f"/api/files/{file['id']}").status_code == 200
    assert fetch(alice, file["url"]).status_code == 404
    assert error_of(alice.call("DELETE", f"/api/files/{file['id']}")) == (404, "not_found")
    hers = connect(alice)
    assert hers.try_send(conversation, "", attachment_ids=[file["id"]])["error"]["code"] == "not_found"
    sent = upload(alice, "b.txt", b"b")
    send_files(hers, conversation, sent)
    assert error_of(alice.call("DELETE", f"/api/files/{sent['id']}")) == (404, "not_found"), "it is the message's now"


def test_many_messages_with_and_without_files_at_once(cast: Cast, connect: Connect) -> None:
    """Each file stays with its message, whatever shares the commit."""
    group = make_group(cast.alice, cast.bob, cast.charlie)
    people = (cast.alice, cast.bob, cast.charlie)
    files = {who.id: [upload(who, f"{who.id}-{n}.txt", f"{who.id}-{n}".encode()) for n in range(5)] for who in people}

    def send(who: Person) -> None:
        socket = connect(who)
        for file in files[who.id]:
            socket.emit("message_create", {"conversation_id": group, "client_id": str(uuid.uuid4()), "body": "plain"})
            body = {"conversation_id": group, "client_id": str(uuid.uuid4()), "body": file["name"]}
            socket.emit("message_create", body | {"attachment_ids": [file["id"]]})
        socket.settle()

    all_at_once(*[lambda who=who: send(who) for who in people])
    messages = [message for message in cast.bob.messages(group) if message["kind"] == "text"]
    assert len(messages) == 30
    for message in messages:
        assert [file["name"] for file in message["attachments"]] == [message["body"]] * (message["body"] != "plain")
        assert all(fetch(cast.bob, file["url"]).text + ".txt" == file["name"] for file in message["attachments"])


def test_only_with_the_pages_token_and_a_log_in(alice: Person, cast: Cast) -> None:
    assert error_of(try_upload(alice, "a.txt", b"a", headers={"X-CSRFToken": "no"})) == (400, "csrf_failed")
    guest = cast.stranger()
    guest._token = alice.token
    assert error_of(try_upload(guest, "a.txt", b"a")) == (401, "login_required")
