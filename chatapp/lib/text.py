"""What may stand in a text that people send."""

import unicodedata


def is_storable(text: str) -> bool:
    """Whether every database can keep it: no NUL, no lone surrogate."""
    if "\x00" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def cut(text: str, length: int) -> str:
    """What can be stored of a text that only describes something, such as a browser's name of itself."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:length]


def fold(text: str) -> str:
    """The form in which names are compared and sorted."""
    return " ".join(text.casefold().split())


def is_line(text: str) -> bool:
    """Whether it stays in one line and has something to be seen in it."""
    kinds = {unicodedata.category(character) for character in text}
    return not kinds & {"Cc", "Zl", "Zp"} and any(kind[0] in "LNPS" for kind in kinds)
