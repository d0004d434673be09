"""Uploading as a browser does, files of all kinds, and what the storage holds."""

import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from PIL import Image

from tests.support.people import Person
from tests.support.running import run_flask
from tests.support.server import Server
from tests.support.sockets import Socket


def try_upload(person: Person, name: str, data: Any, content_type: str = "", **options: Any) -> requests.Response:
    """A form with one file."""
    file = (name, data, content_type) if content_type else (name, data)
    headers = {"X-CSRFToken": person.token} | options.pop("headers", {})
    url = f"{person.url}/api/files"
    return person.http.post(url, files={"file": file}, headers=headers, timeout=90, **options)


def upload(person: Person, name: str, data: Any) -> dict[str, Any]:
    """The attachment that was made."""
    answer = try_upload(person, name, data)
    assert answer.status_code == 201, (answer.status_code, answer.text)
    return answer.json()


def send_files(socket: Socket, conversation_id: int, *attachments: dict[str, Any], body: str = "") -> dict[str, Any]:
    """The message that has them."""
    ids = [attachment["id"] for attachment in attachments]
    ack = socket.try_send(conversation_id, body, attachment_ids=ids)
    assert ack["ok"] is True, ack
    assert ack["message"]["attachments"] == list(attachments)
    return ack["message"]


def fetch(person: Person, url: str, **options: Any) -> requests.Response:
    """As a browser gets it, also from where it is sent to. The S3 learns no cookie."""
    answer = person.get(url, **options)
    if answer.status_code != 302 or "X-Amz-Signature" not in answer.headers["Location"]:
        return answer
    headers = options.get("headers", {})
    return requests.get(answer.headers["Location"], headers=headers, timeout=30)


def error_of(answer: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


def objects(server: Server) -> int:
    """How many objects the storage holds, looked at past the app."""
    address = urlsplit(server.settings.get("STORAGE_URL", ""))
    if not address.scheme:
        return len([path for path in (server.folder / "files").rglob("*") if path.is_file()])
    endpoint = parse_qs(address.query)["endpoint"][0]
    return requests.get(f"{endpoint}/{address.netloc}?list-type=2", timeout=10).text.count("<Key>")


def check_of(server: Server, *options: str, status: int = 0) -> list[str]:
    """The lines of `flask files check`."""
    return run_flask("files", "check", *options, status=status, **server.settings).splitlines()


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
