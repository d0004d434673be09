"""Names of files: cleaned when they come, and told in headers as RFC 6266 has it."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

NAME_MAX_BYTES = 200
# Part of every picture's address (docs/protocol.md), so no file's own name.
THUMBNAIL = "thumbnail.webp"
# Separators of paths, and what Windows or a header would take for something else.
_UNSAFE = re.compile(r'[\\/:*?"<>|%;]')
# Turn the order of what is read around, so that "gpj.exe" looks like "exe.jpg"; and marks that nobody sees.
_UNSEEN = dict.fromkeys(
    [0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB]
)


def clean(name: str) -> str:
    """The last part of what somebody's browser says, in any script, without what could mislead or break out."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode())
    name = re.split(r"[\\/]", name)[-1].translate(_UNSEEN)
    name = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") else letter for letter in name)
    name = " ".join(_UNSAFE.sub("_", name).split()).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    name = _cut(stem, NAME_MAX_BYTES - len(extension.encode()) - 1) + dot + extension
    if name.casefold() == THUMBNAIL:
        return "thumbnail 1.webp"
    return name or "file"


def with_extension(name: str, extensions: tuple[str, ...], misleading: frozenset[str]) -> str:
    """The name with one of these extensions; the first of them is put in place of a ``misleading`` one, else added."""
    stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in extensions:
        return name
    if dot and stem and extension.lower() in misleading:
        name = stem
    return clean(f"{name}.{extensions[0]}")


def disposition(name: str, *, inline: bool) -> str:
    """The header Content-Disposition: ASCII for who reads no better, and the name itself."""
    how = "inline" if inline else "attachment"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = _UNSAFE.sub("_", plain).strip(". ") or "file"  # of wide letters some become quotes or slashes
    if plain == name:
        return f'{how}; filename="{name}"'
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")
