"""Row ids in addresses."""

from werkzeug.routing import IntegerConverter, Map

# Beyond what JavaScript counts exactly, and within what every database column takes.
MAX_ROW_ID = 2**53 - 1


class RowIdConverter(IntegerConverter):
    """``<row_id:name>``: a number that can be an id; anything else is an address that does not exist."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_ROW_ID)
