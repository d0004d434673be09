"""Names that people could have, so that searches find some and not others. Seeded by who asks."""

from __future__ import annotations

import random

_SYLLABLES = (
    "An Ben Cla Da El Fa Gre Han Il Jo Ka Lu Mar Nor Ol Pau Quin Ro Sa To Ul Vic Wil Xa Yo Zo",
    "a bel da di fi ga li lo ma mi na no ra ri ro sa se ta ti vi",
    "bert da ger la lyn mund na nor ra ric sa son ta thea vin wick",
)


def display_name(chooser: random.Random) -> str:
    """A given name and a surname."""
    return f"{_word(chooser)} {_word(chooser)}"


def _word(chooser: random.Random) -> str:
    return "".join(chooser.choice(choices.split()) for choices in _SYLLABLES)
