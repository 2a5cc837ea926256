"""One attribute of one account, before and after."""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["WITHHELD", "ValueChange", "readable"]

#: Stands wherever a confidential value would be seen.
WITHHELD: Final = "(withheld)"
_LONGEST: Final = 120


def readable(value: bytes) -> str:
    r"""Return octets as text for a person: control characters escaped, binary by its size.

    >>> readable(b"Jane"), readable(b"a\nb"), readable(bytes([255, 216, 255]))
    ('Jane', 'a\\nb', '(3 octets)')
    """
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"({len(value)} octets)"
    if len(text) > _LONGEST:
        return f"{_escaped(text[:_LONGEST])}… ({len(value)} octets)"
    return _escaped(text)


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


@attrs.frozen(kw_only=True)
class ValueChange:
    """What happens to one attribute, and which mapping wants it.

    Attributes:
        attribute: the attribute description.
        before: its values in the directory when the plan was made.
        after: its values after the change; empty where it is cleared.
        origin: where the new values come from: the mapping and its source, or a flow.
        confidential: whether no value may be shown or saved.
        reference: whether the values are DNs of other accounts, written in a later step.
    """

    attribute: str
    # A repr ends up in logs, and values may be personal or secret.
    before: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    after: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    origin: str = ""
    confidential: bool = False
    reference: bool = False

    def __str__(self) -> str:
        return f"{self.attribute}: {self.shown(self.before)} -> {self.shown(self.after)}"

    def shown(self, values: tuple[bytes, ...]) -> str:
        """Return ``before`` or ``after`` for a person; confidential ones withheld.

        >>> change = ValueChange(attribute="mail", before=(), after=(b"a@x", b"b@x"))
        >>> change.shown(change.before), change.shown(change.after)
        ('-', 'a@x | b@x')
        """
        if not values:
            return "-"
        if self.confidential:
            return WITHHELD
        return " | ".join(map(readable, values))
