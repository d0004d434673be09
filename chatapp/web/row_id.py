"""Row ids in addresses."""

from werkzeug.routing import IntegerConverter, Map

from chatapp.models.types import MAX_INTEGER


class RowIdConverter(IntegerConverter):
    """``<row_id:name>``: a number that can be an id; anything else is an address that does not exist."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_INTEGER)
