"""Groups, as people make and change them."""

from typing import Any

import requests

from tests.support.people import Person


def make_group(owner: Person, *others: Person, title: str | None = "Lunch") -> int:
    """The id of a new group."""
    body = {"kind": "group", "title": title, "user_ids": [other.id for other in others]}
    answer = owner.call("POST", "/api/conversations", body)
    assert answer.status_code == 201, (answer.status_code, answer.text)
    return answer.json()["conversation"]["id"]


def create(who: Person, user_ids: Any, **more: Any) -> requests.Response:
    """An attempt."""
    return who.call("POST", "/api/conversations", {"kind": "group", "user_ids": user_ids, **more})


def check_refused(answer: requests.Response, status: int, code: str, *words: str) -> None:
    """That an answer is this error, and its message has these words."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert [word for word in words if word not in answer.json()["error"]["message"]] == []


def rename(who: Person, group: int, title: Any) -> requests.Response:
    return who.call("PATCH", f"/api/conversations/{group}", {"title": title})


def add(who: Person, group: int, *others: Person, history: str = "all") -> requests.Response:
    body = {"user_ids": [other.id for other in others], "history": history}
    return who.call("POST", f"/api/conversations/{group}/members", body)


def remove(who: Person, group: int, other: Person) -> requests.Response:
    return who.call("DELETE", f"/api/conversations/{group}/members/{other.id}")


def leave(who: Person, group: int) -> requests.Response:
    return remove(who, group, who)


def set_role(who: Person, group: int, other: Person, role: str) -> requests.Response:
    return who.call("PATCH", f"/api/conversations/{group}/members/{other.id}", {"role": role})


def settings(who: Person, group: int, **changes: Any) -> requests.Response:
    return who.call("PATCH", f"/api/conversations/{group}/membership", changes)


def view(who: Person, group: int) -> dict[str, Any]:
    """The conversation as somebody sees it."""
    return who.json(f"/api/conversations/{group}")["conversation"]


def lines(who: Person, group: int) -> list[str]:
    """The whole history as somebody reads it."""
    return [message["body"] for message in who.messages(group)]
