"""Let mkdocstrings show docstrings as they read in the source.

Docstrings here have doctests anywhere, roles such as ``:class:`` and literal blocks after
``::``. Markdown knows none of them: doctests become fenced code, roles become code. Members of
enumerations are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import griffe

_ROLE = re.compile(r":(?:class|func|meth|attr|mod|data):`~?([^`]+)`")
_LITERAL = re.compile(r"::$", re.MULTILINE)


def fenced(text: str) -> str:
    r"""Return a docstring with its doctests in fences.

    >>> fenced("Add.\n\n>>> 1 + 1\n2").splitlines()
    ['Add.', '', '```python', '>>> 1 + 1', '2', '```']
    """
    return "\n".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    indent: str | None = None
    for line in text.splitlines():
        bare = line.lstrip()
        if indent is None and bare.startswith(">>>"):
            indent = line[: len(line) - len(bare)]
            yield f"{indent}```python"
        elif indent is not None and not bare:
            yield f"{indent}```"
            indent = None
        yield line
    if indent is not None:
        yield f"{indent}```"


class Docstrings(griffe.Extension):
    """Rewrites each docstring when its object is loaded."""

    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring is not None:
            text = _ROLE.sub(lambda found: f"`{found[1].rpartition('.')[2]}`", obj.docstring.value)
            obj.docstring.value = fenced(_LITERAL.sub(":", text))

    def on_class_members(self, *, cls: griffe.Class, **_: object) -> None:
        """List the members of an enumeration, which have no docstrings of their own."""
        if cls.docstring is None or not any("Enum" in str(base) for base in cls.bases):
            return
        members = [
            f"`{name}` = `{member.value}`"
            for name, member in cls.members.items()
            if name.isupper() and isinstance(member, griffe.Attribute) and member.value is not None
        ]
        if members:
            cls.docstring.value += "\n\nMembers: " + ", ".join(members) + "."
