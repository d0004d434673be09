"""What may stand in a text that people send."""


def is_storable(text: str) -> bool:
    """Whether every database can keep it: no NUL, no lone surrogate."""
    if "\x00" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def fold(text: str) -> str:
    """The form in which names are compared and sorted."""
    return " ".join(text.casefold().split())
