"""Microsoft Graph's JSON of provisioning rules, read into ours and written back without a loss.

Read are a ``synchronizationSchema`` (alone, with ``@odata.context``, or inside a template), one
``objectMapping``, a list of ``attributeMapping`` or one of them, and the documents in which
these do not occur at all (an ``objectDefinition``, a parsed expression), which give no rules.
Both styles are read: camelCase with names of enumeration members, and the PascalCase with
numbers that stands inside ``defaultSourceObjectMappings``.

The document is kept as it came. Saving writes into it only what was changed, so unknown fields,
their order, and the style of flags survive. What our rules cannot express is reported.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ldapconnector.errors import MappingError
from ldapconnector.mapping._diagnostics import MappingDiagnostic, Severity
from ldapconnector.mapping._graph_fields import write_actions
from ldapconnector.mapping._graph_read import GraphMapping, Loaded, Reader
from ldapconnector.mapping._graph_write import write_back, written_mapping, written_scope
from ldapconnector.mapping._rules import ObjectMapping
from ldapconnector.mapping._scoping import ScopingFilter

__all__ = ["GraphDocument", "GraphMapping", "load_graph", "to_graph"]


@attrs.frozen(kw_only=True)
class GraphDocument:
    """A document of Graph's, and what our rules make of it.

    Attributes:
        text: the whole document, as JSON.
        mappings: its object mappings, in order.
        diagnostics: what cannot be honoured, or deserves a look.
    """

    text: str = attrs.field(repr=False)
    mappings: tuple[GraphMapping, ...]
    diagnostics: tuple[MappingDiagnostic, ...] = ()
    _loaded: tuple[Loaded, ...] = attrs.field(default=(), repr=False, alias="loaded")

    @property
    def errors(self) -> tuple[MappingDiagnostic, ...]:
        """The diagnostics that make some rule impossible."""
        return tuple(one for one in self.diagnostics if one.severity is Severity.ERROR)

    def users(self) -> GraphMapping:
        """Return the enabled mapping whose source object is a user.

        Raises:
            MappingError: there is none, or several.
        """
        found = [
            one
            for one in self.mappings
            if one.mapping.enabled and one.mapping.source_object.lower() == "user"
        ]
        if len(found) != 1:
            raise MappingError(
                f"the document has {len(found)} enabled mappings of users; take one of "
                "`mappings` by its path"
            )
        return found[0]

    def replace(
        self,
        path: str,
        mapping: ObjectMapping | None = None,
        scoping: ScopingFilter | None = None,
    ) -> GraphDocument:
        """Return a document in which the object mapping at ``path`` has other rules.

        Args:
            path: of one of :attr:`mappings`.
            mapping: the new mappings; None keeps them.
            scoping: the new scoping filter; None keeps it.

        Raises:
            MappingError: there is no object mapping at ``path``.
        """
        for index, one in enumerate(self.mappings):
            if one.path == path:
                changed = attrs.evolve(
                    one,
                    mapping=mapping or one.mapping,
                    scoping=one.scoping if scoping is None else scoping,
                )
                mappings = (*self.mappings[:index], changed, *self.mappings[index + 1 :])
                return attrs.evolve(self, mappings=mappings)
        known = ", ".join(one.path for one in self.mappings) or "none"
        raise MappingError(f"there is no object mapping at {path}; there are: {known}", path=path)

    def save(self) -> Any:
        """Return the document as JSON values. Without changes it equals what was read."""
        document = json.loads(self.text)
        for graph, loaded in zip(self.mappings, self._loaded, strict=True):
            write_back(document, graph, loaded)
        return document

    def save_text(self, *, indent: int | None = 2) -> str:
        """Return the document as JSON text."""
        return json.dumps(self.save(), ensure_ascii=False, indent=indent)


def load_graph(document: str | bytes | Mapping[str, Any] | Sequence[Any]) -> GraphDocument:
    """Read provisioning rules from Graph's JSON.

    Args:
        document: JSON text, or JSON values.

    Returns:
        The rules with everything that was found wrong; nothing of the document is lost.

    Raises:
        MappingError: the text or the values are no JSON, or an object has a key twice.

    >>> document = load_graph([{"targetAttributeName": "mail", "source":
    ...     {"expression": "[mail]", "name": "mail", "type": "Attribute"}}])
    >>> document.mappings[0].mapping.mappings[0].source
    Direct(attribute='mail')
    """
    value = _json(document)
    reader = Reader()
    try:
        reader.document(value)
    except RecursionError:
        raise MappingError("the document is nested too deep") from None
    return GraphDocument(
        text=json.dumps(value, ensure_ascii=False),
        mappings=tuple(reader.mappings),
        diagnostics=tuple(reader.diagnostics),
        loaded=tuple(reader.loaded),
    )


def to_graph(mapping: ObjectMapping, scoping: ScopingFilter | None = None) -> dict[str, Any]:
    """Return rules that were made here as an ``objectMapping`` of Graph's.

    >>> from ldapconnector.mapping import Apply, AttributeMapping, Direct
    >>> made = to_graph(ObjectMapping(mappings=[
    ...     AttributeMapping(target="mail", source=Direct("mail"), apply=Apply.CREATION)]))
    >>> made["attributeMappings"][0]["flowType"], made["flowTypes"]
    ('ObjectAddOnly', 'Add, Update, Delete')
    """
    return {
        "name": mapping.name or None,
        "enabled": mapping.enabled,
        "flowTypes": write_actions(mapping.actions),
        "sourceObjectName": mapping.source_object,
        "targetObjectName": mapping.target_object,
        "scope": written_scope(scoping or ScopingFilter()),
        "attributeMappings": [written_mapping({}, None, one) for one in mapping.mappings],
        "metadata": [],
    }


def _json(document: str | bytes | Mapping[str, Any] | Sequence[Any]) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            names = [name for name, _ in found]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise MappingError(f"the document has {', '.join(twice)} twice in one object")
        return made

    try:
        text = document if isinstance(document, (str, bytes)) else json.dumps(document)
        return json.loads(text, object_pairs_hook=pairs)
    except MappingError:
        raise
    except (TypeError, ValueError) as error:
        raise MappingError(f"the document is no JSON: {error}") from None
    except RecursionError:
        raise MappingError("the document is nested too deep") from None
