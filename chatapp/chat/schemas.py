"""What each event and each query may carry. Unknown fields are ignored, so that older and newer pages get along."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)

from chatapp.lib.clock import zone
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
MessageBody = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=Config.BODY_MAX_CHARS),
    AfterValidator(_storable),
]


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
        raise ValueError("must be one line")
    return text


ClientId = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_storable),
    AfterValidator(_one_line),
]
# Wherever many may stand, the first that is wrong ends the look at the rest (``fail_fast``): a request has room for
# tens of thousands, each would be an error of its own, and making them keeps the loop from everybody else.

# Bounded by GROUP_MEMBERS_MAX, which says how many there may be; this only keeps nonsense out.
UserIds = Annotated[list[RowId], Field(max_length=10_000, fail_fast=True)]


class Command(BaseModel):
    """Socket.IO events and JSON bodies: JSON's own types, nothing converted."""

    model_config = ConfigDict(strict=True, extra="ignore")


def _each_once(ids: list[int]) -> list[int]:
    if len(set(ids)) < len(ids):
        raise ValueError("has the same file twice")
    return ids


class MessageCreate(Command):
    conversation_id: RowId
    client_id: ClientId
    # Before the body, which may be empty where there are files.
    attachment_ids: Annotated[
        list[RowId], Field(default_factory=list, max_length=Config.ATTACHMENTS_MAX), AfterValidator(_each_once)
    ]
    body: MessageBody
    reply_to_seq: RowId | None = None

    @field_validator("body")
    @classmethod
    def _says_something(cls, body: str, known: ValidationInfo) -> str:
        if not body and not known.data.get("attachment_ids"):
            raise ValueError("must not be empty")
        return body


class MessageRef(Command):
    message_id: RowId


class ReadMark(Command):
    conversation_id: RowId
    seq: Number


class UnreadMark(Command):
    conversation_id: RowId
    seq: RowId


class PresenceSet(Command):
    is_away: bool


class PresenceWatch(Command):
    user_ids: Annotated[list[RowId], Field(max_length=200, fail_fast=True)]


class Typing(Command):
    conversation_id: RowId
    on: bool


class Sync(Command):
    cursors: Annotated[
        dict[Annotated[str, StringConstraints(pattern=ID_PATTERN)], Number], Field(max_length=10_000, fail_fast=True)
    ]
    newest_user_id: Number | None = None
    newest_change_id: Number | None = None


class DirectCreate(Command):
    kind: Literal["direct"]
    user_id: RowId


class GroupCreate(Command):
    kind: Literal["group"]
    user_ids: UserIds
    title: Title | None = None
    client_id: ClientId | None = None


ConversationCreate: TypeAdapter[DirectCreate | GroupCreate] = TypeAdapter(
    Annotated[DirectCreate | GroupCreate, Field(discriminator="kind")]
)


class ConversationRename(Command):
    title: Title


class SettingsChange(Command):
    notify: Literal["all", "mentions", "nothing"] = "all"
    shelf: Literal["archived", "hidden"] | None = None


class MembersAdd(Command):
    user_ids: Annotated[UserIds, Field(min_length=1)]
    history: Literal["all", "from_now"]


class RoleSet(Command):
    role: Literal["owner", "member"]


def _time_zone(name: str) -> str:
    if zone(name) is None:
        raise ValueError("is not a time zone of the IANA database, such as Europe/Berlin")
    return name


ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class AccountChange(Command):
    """Any of them, but at least one; quiet hours have both ends or none."""

    shares_reads: bool = True
    shares_presence: bool = True
    push_shows_text: bool = True
    time_zone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_time_zone)] | None = None
    quiet_from: ClockTime | None = None
    quiet_until: ClockTime | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> AccountChange:
        if not self.model_fields_set:
            raise ValueError("names no setting that there is")
        if ({"quiet_from", "quiet_until"} & self.model_fields_set) and (self.quiet_from is None) != (
            self.quiet_until is None
        ):
            raise ValueError("quiet_from and quiet_until belong together")
        return self


class Query(BaseModel):
    """Query strings: text that has to read as a number where one is asked for."""

    model_config = ConfigDict(extra="ignore")


class MessagesQuery(Query):
    before: RowId | None = None
    after: Number | None = None
    around: RowId | None = None
    at: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ChangesQuery(Query):
    since: Number
    limit: Annotated[int, Field(ge=1, le=500)] = 200


class PageQuery(Query):
    after: Annotated[str, StringConstraints(max_length=600)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def _split(text: object) -> object:
    return text.split(",") if isinstance(text, str) else text


IdList = Annotated[list[RowId], Field(fail_fast=True), BeforeValidator(_split)]


class ConversationsQuery(PageQuery):
    with_user: RowId | None = None
    with_users: Annotated[IdList, Field(min_length=1, max_length=1000)] | None = None
    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = None
    shelf: Literal["archived", "hidden"] | None = None


class UsersQuery(PageQuery):
    q: Annotated[str, StringConstraints(max_length=100)] = ""
    ids: Annotated[IdList, Field(max_length=100)] | None = None


class MembersQuery(PageQuery):
    q: Annotated[str, StringConstraints(max_length=100)] = ""


class ReadersQuery(Query):
    limit: Annotated[int, Field(ge=1, le=1000)] = 50
