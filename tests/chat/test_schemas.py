"""What is refused is refused at once: a list of nonsense costs what one bad entry costs."""

from collections.abc import Iterator
from typing import Any

import pydantic
import pytest

from chatapp.chat import schemas
from chatapp.realtime.namespace import explain

# Fewer than most lists may hold, so that it is not their length that is refused.
MANY = 150
NONSENSE = [[""] * MANY, {f"x{number}": "" for number in range(MANY)}, "," * MANY]


def fields() -> Iterator[tuple[type[pydantic.BaseModel], str]]:
    for base in (schemas.Command, schemas.Query):
        for schema in (*base.__subclasses__(), *schemas.PageQuery.__subclasses__()):
            yield from ((schema, name) for name in schema.model_fields if schema.__module__ == schemas.__name__)


def errors_of(schema: type[pydantic.BaseModel], data: dict[str, Any]) -> list[Any]:
    try:
        schema.model_validate(data)
    except pydantic.ValidationError as error:
        return error.errors()
    return []


@pytest.mark.parametrize(("schema", "name"), sorted(set(fields()), key=str))
def test_no_field_makes_an_error_of_each_entry(schema: type[pydantic.BaseModel], name: str) -> None:
    for nonsense in NONSENSE:
        assert [error["loc"][0] for error in errors_of(schema, {name: nonsense})].count(name) <= 1


@pytest.mark.parametrize(
    ("schema", "data", "message"),
    [
        (schemas.MembersAdd, {"user_ids": [1, "", "x"], "history": "all"}, "user_ids.1: Input should be a valid int"),
        (schemas.MembersAdd, {"user_ids": [1] * 10_001, "history": "all"}, "user_ids: List should have at most 10000"),
        (schemas.PresenceWatch, {"user_ids": [1, 2, 0, ""]}, "user_ids.2: Input should be greater than or equal to 1"),
        (schemas.Sync, {"cursors": {"1": 1, "7": -1, "8": ""}}, "cursors.7: Input should be greater than or equal"),
        (schemas.Sync, {"cursors": {"1": 1, "x": "", "y": ""}}, "cursors.x.[key]: String should match pattern"),
        (
            schemas.Sync,
            {"cursors": {str(number): 0 for number in range(1, 10_002)}},
            "cursors: Dictionary should have at most 10000",
        ),
        (schemas.UsersQuery, {"ids": "1,,,"}, "ids.1: Input should be a valid integer"),
        (schemas.UsersQuery, {"ids": "1," * 100 + "1"}, "ids: Value should have at most 100 items"),
        (schemas.ConversationsQuery, {"with_users": "1,0,x"}, "with_users.1: Input should be greater than or equal"),
    ],
)
def test_the_first_that_is_wrong_is_named(schema: type[pydantic.BaseModel], data: dict[str, Any], message: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        schema.model_validate(data)
    assert caught.value.error_count() == 1
    told = explain(caught.value)
    assert (told.code, told.message[: len(message)]) == ("bad_request", message)


def test_a_new_group_of_nonsense() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        schemas.ConversationCreate.validate_python({"kind": "group", "user_ids": [""] * 10_000})
    assert caught.value.error_count() == 1
    assert explain(caught.value).message == "group.user_ids.0: Input should be a valid integer"
