"""What each event and each query may carry. Unknown fields are ignored, so that older and newer pages get along."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from chatapp.lib.text import is_storable
from chatapp.models.types import MAX_INTEGER
from config import Config

ID_PATTERN = r"^[1-9][0-9]{0,14}$"
UUID_PATTERN = r"^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$"


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("has characters that cannot be stored (NUL or half a surrogate pair)")
    return text


RowId = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Number = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Body = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=Config.BODY_MAX_CHARS),
    AfterValidator(_storable),
]


class Command(BaseModel):
    """Socket.IO events and JSON bodies: JSON's own types, nothing converted."""

    model_config = ConfigDict(strict=True, extra="ignore")


class MessageCreate(Command):
    conversation_id: RowId
    client_id: Annotated[str, StringConstraints(pattern=UUID_PATTERN)]
    body: Body
    reply_to_seq: RowId | None = None
    # Files come in an issue of their own; dropping them silently would lose them.
    attachment_ids: Annotated[list[RowId], Field(max_length=0)] = []


class ReadMark(Command):
    conversation_id: RowId
    seq: Number


class Sync(Command):
    cursors: Annotated[dict[Annotated[str, StringConstraints(pattern=ID_PATTERN)], Number], Field(max_length=10_000)]


class ConversationCreate(Command):
    kind: Annotated[str, StringConstraints(pattern="^direct$")]
    user_id: RowId


class Query(BaseModel):
    """Query strings: text that has to read as a number where one is asked for."""

    model_config = ConfigDict(extra="ignore")


class MessagesQuery(Query):
    before: RowId | None = None
    after: Number | None = None
    around: RowId | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ChangesQuery(Query):
    since: Number
    limit: Annotated[int, Field(ge=1, le=500)] = 200


class PageQuery(Query):
    after: Annotated[str, StringConstraints(max_length=600)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ConversationsQuery(PageQuery):
    with_user: RowId | None = None


class UsersQuery(PageQuery):
    q: Annotated[str, StringConstraints(max_length=100)] = ""
