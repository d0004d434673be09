"""Every address of a file, asked for by everybody: only who is in, and sees the message, gets bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.files import fetch, picture, send_files, upload
from tests.support.groups import add, make_group, remove
from tests.support.people import Cast, Person
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


@dataclass
class Scene:
    """A group with a picture and a document in its history, and everybody around it."""

    everybody: dict[str, Person]
    group: int
    files: list[dict[str, Any]]
    message: dict[str, Any]
    sender: Socket

    @property
    def urls(self) -> list[str]:
        found = [file["url"] for file in self.files]
        return found + [file["thumbnail_url"] for file in self.files if file["thumbnail_url"]]


@pytest.fixture
def scene(cast: Cast, connect: Connect) -> Scene:
    owner, member, former, newcomer = (cast.person(stem) for stem in ("owner", "member", "former", "newcomer"))
    group = make_group(owner, member, former)
    files = [upload(owner, "beach.jpg", picture()), upload(owner, "notes.txt", b"notes")]
    sender = connect(owner)
    message = send_files(sender, group, *files)
    remove(owner, group, former)
    add(owner, group, newcomer, history="from_now")
    everybody = {
        "owner": owner,
        "member": member,
        "former member": former,
        "newcomer": newcomer,
        "stranger": cast.person(),
        "guest": cast.stranger(),
    }
    return Scene(everybody, group, files, message, sender)


def statuses(scene: Scene, **options: Any) -> dict[str, set[int]]:
    return {
        who: {fetch(person, url, **options).status_code for url in scene.urls}
        for who, person in scene.everybody.items()
    }


def test_only_who_sees_the_message_gets_its_files(scene: Scene) -> None:
    expected = {
        "owner": {200},
        "member": {200},
        "former member": {404},
        "newcomer": {404},
        "stranger": {404},
        "guest": {302},
    }
    assert statuses(scene) == expected
    guest = scene.everybody["guest"]
    assert guest.get(scene.urls[0]).headers["Location"].startswith("/login?next=")
    outside = {who: {404} for who in ("former member", "newcomer", "stranger")}
    for headers in ({"Range": "bytes=0-3"}, {"If-None-Match": "*"}, {"X-Forwarded-For": "127.0.0.1"}):
        found = statuses(scene, headers=headers)
        assert {who: found[who] for who in outside} == outside, headers


def test_nobody_gets_them_while_the_message_is_deleted(scene: Scene) -> None:
    scene.sender.request("message_delete", {"message_id": scene.message["id"]})
    assert {status for found in statuses(scene).values() for status in found} == {404, 302}
    deleted = scene.everybody["member"].messages(scene.group)[1]
    assert deleted["attachments"] == []
    back = scene.sender.request("message_restore", {"message_id": scene.message["id"]})["message"]
    assert back["attachments"] == scene.files
    assert statuses(scene)["member"] == {200}


def test_before_it_is_sent_it_is_its_uploaders(cast: Cast, connect: Connect) -> None:
    file = upload(cast.alice, "beach.jpg", picture())
    for url in (file["url"], file["thumbnail_url"]):
        assert fetch(cast.alice, url).status_code == 200
        assert fetch(cast.alice.elsewhere(), url).status_code == 200
        assert fetch(cast.bob, url).status_code == 404
        assert cast.stranger().get(url).status_code == 302


def test_who_leaves_loses_the_files_too_and_has_them_again_with_the_history(scene: Scene) -> None:
    member, owner = scene.everybody["member"], scene.everybody["owner"]
    remove(owner, scene.group, member)
    assert statuses(scene)["member"] == {404}
    add(owner, scene.group, member, history="from_now")
    assert statuses(scene)["member"] == {404}
    remove(owner, scene.group, member)
    add(owner, scene.group, member, history="all")
    assert statuses(scene)["member"] == {200}
    owner.call("PATCH", f"/api/conversations/{scene.group}/members/{member.id}", {"role": "owner"})
    assert remove(owner, scene.group, owner).status_code == 200
    assert statuses(scene)["owner"] == {404}, "uploading it gives no right to what is in a conversation"


def test_a_newcomer_learns_of_no_old_file(scene: Scene, connect: Connect) -> None:
    newcomer = scene.everybody["newcomer"]
    theirs = connect(newcomer)
    scene.sender.request("message_delete", {"message_id": scene.message["id"]})
    scene.sender.request("message_restore", {"message_id": scene.message["id"]})
    theirs.settle()
    told = [newcomer.messages(scene.group), newcomer.changes(scene.group), theirs.events]
    told += [newcomer.boot(f"/chat/{scene.group}"), newcomer.json("/api/conversations")]
    for file in scene.files:
        assert file["url"].split("/")[2] not in repr(told)


def test_addresses_that_are_none(scene: Scene) -> None:
    member = scene.everybody["member"]
    _, _, key, name = scene.files[0]["url"].split("/")
    document = scene.files[1]["url"].split("/")[2]
    another = key[:-1] + ("1" if key.endswith("0") else "0")
    for url in (
        f"/files/{key}/other.jpg",
        f"/files/{key}/",
        f"/files/{key}",
        f"/files/{another}/{name}",
        f"/files/{key.upper()}/{name}",
        f"/files/{key}/..%2f{name}",
        f"/files/{key}/../../{name}",
        f"/files/../{key[:2]}/{key}",
        f"/files/{key}%00/{name}",
        f"/files/{document}/thumbnail.webp",
        "/files/0/0",
        "/files/%2e%2e/chat.db",
    ):
        assert fetch(member, url).status_code == 404, url
    assert member.http.post(f"{member.url}{scene.urls[0]}", timeout=10).status_code in (400, 405)
