"""Files of cases: TOML or JSON, every fault of a file reported at once with its path."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ldapconnector.configuration import Configuration
from ldapconnector.errors import ConfigurationError, Fault, LdapConnectorError, nearest
from ldapconnector.mapping import CompiledMappings, Computed, Direct
from ldapconnector.schema import Schema
from ldapconnector.testing._cases import Case, Expected, ExpressionCase, MappingCase, Surroundings

__all__ = ["load_cases"]

_TOP: Final = ("configuration", "context", "expressions", "mappings")
_CONTEXT: Final = ("now", "seed", "parameters", "taken")
_OUTCOMES: Final = ("result", "no_value", "matches", "ignored", "error")
_EXPRESSION: Final = ("name", "expression", "target", "inputs", "context", *_OUTCOMES)
_MAPPING: Final = ("name", "user", "creating", "dn", "values", "absent", "faults", "in_scope")


def load_cases(
    path: Path | str, *, functions: Mapping[str, Callable[..., Any]] | None = None
) -> tuple[Case, ...]:
    """Read a file of cases.

    Args:
        path: TOML, or JSON where the name ends in ``.json``. A configuration that it names is
            looked for beside it.
        functions: own functions of the expressions, as in ``EvaluationContext.functions``.

    Returns:
        The cases in the order of the file, expressions first.

    Raises:
        ConfigurationError: every fault of the file at once, each with its path.
        OSError: the file cannot be read.
    """
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    try:
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise ConfigurationError([Fault(path="$", message=str(error))], str(path)) from None
    reader = _Reader(path, functions or {})
    cases = tuple(reader.cases(data))
    if reader.faults:
        raise ConfigurationError(reader.faults, str(path))
    return cases


class _Reader:
    """Collects cases and faults side by side, so that all faults are told together."""

    def __init__(self, path: Path, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.path = path
        self.functions = functions
        self.faults: list[Fault] = []
        self.configuration: Configuration | None = None
        self.surroundings = Surroundings()

    def fault(self, path: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(path=path, message=message, hint=hint))

    def table(self, value: Any, path: str, known: tuple[str, ...]) -> dict[str, Any]:
        """Return a table with known keys; anything else is a fault."""
        if not isinstance(value, dict):
            self.fault(path, f"must be a table, not {value!r}")
            return {}
        for name in value:
            if name not in known:
                near = nearest(name, known)
                hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
                self.fault(f"{path}.{name}", "is not known here.", hint)
        return value

    def typed(
        self, table: Mapping[str, Any], name: str, kind: type, path: str, default: Any
    ) -> Any:
        """Return ``table[name]`` where it is a ``kind``; otherwise a fault, and the default."""
        if name not in table:
            return default
        value = table[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            words = {str: "a text", bool: "true or false", int: "a number", dict: "a table"}
            self.fault(f"{path}.{name}", f"must be {words.get(kind, 'a list')}, not {value!r}")
            return default
        return value

    def cases(self, data: Any) -> Iterator[Case]:
        top = self.table(data, "$", _TOP)
        self._configure(self.typed(top, "configuration", str, "$", ""))
        if "context" in top:
            self.surroundings = self._context(top["context"], "$.context")
        expressions = self.typed(top, "expressions", list, "$", [])
        mappings = self.typed(top, "mappings", list, "$", [])
        if not expressions and not mappings and not self.faults:
            self.fault("$", "holds no case; write [[expressions]] or [[mappings]]")
        for index, item in enumerate(expressions):
            yield from self._expression(item, f"$.expressions[{index}]", index)
        if not mappings:
            return
        if self.configuration is None:
            if not any(fault.path == "$.configuration" for fault in self.faults):
                self.fault("$.configuration", "is missing: mapping cases need the mappings' file")
            return
        compiled = self._compiled(self.configuration)
        for index, item in enumerate(mappings):
            if compiled is not None:
                yield from self._mapping(item, f"$.mappings[{index}]", index, compiled)

    def _configure(self, name: str) -> None:
        if not name:
            return
        try:
            self.configuration = Configuration.load(self.path.parent / name)
        except ConfigurationError as error:
            self.fault("$.configuration", str(error))
        except OSError as error:
            self.fault("$.configuration", f"cannot be read: {error.strerror}: {error.filename}")

    def _compiled(self, configuration: Configuration) -> CompiledMappings | None:
        single = [
            one.name for one in configuration.connector.object_type.attributes if one.single_value
        ]
        try:
            return CompiledMappings(
                configuration.rules.mappings,
                schema=Schema.standard(),
                context=self.surroundings.context(self.functions),
                single_valued=frozenset(single),
            )
        except LdapConnectorError as error:
            self.fault("$.configuration", str(error))
            return None

    def _context(self, value: Any, path: str) -> Surroundings:
        table = self.table(value, path, _CONTEXT)
        base = self.surroundings
        taken = self.typed(table, "taken", list, path, base.taken)
        return Surroundings(
            now=self._moment(table["now"], f"{path}.now") if "now" in table else base.now,
            seed=self.typed(table, "seed", int, path, base.seed),
            parameters=self.typed(table, "parameters", dict, path, base.parameters),
            taken=frozenset(map(str, taken)),
        )

    def _moment(self, value: Any, path: str) -> datetime | None:
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, datetime):
            self.fault(path, "must be a date and time, such as 2026-01-31T13:00:00Z")
            return None
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    def _expression(self, item: Any, path: str, index: int) -> Iterator[ExpressionCase]:
        table = self.table(item, path, _EXPRESSION)
        text = self._text_of(table, path)
        expected = self._expected(table, path)
        if text is None or expected is None:
            return
        surroundings = self.surroundings
        if "context" in table:
            surroundings = self._context(table["context"], f"{path}.context")
        yield ExpressionCase(
            name=self.typed(table, "name", str, path, "") or f"expression {index + 1}",
            expression=text,
            inputs=self.typed(table, "inputs", dict, path, {}),
            expected=expected,
            surroundings=surroundings,
            path=f"{self.path.name} {path}",
            functions=self.functions,
        )

    def _text_of(self, table: Mapping[str, Any], path: str) -> str | None:
        """Return the text of the expression, given in the case or in the configuration."""
        if ("expression" in table) == ("target" in table):
            self.fault(path, "needs either expression, or target of the configuration")
            return None
        if "expression" in table:
            found: str | None = self.typed(table, "expression", str, path, None)
            return found
        target = self.typed(table, "target", str, path, "")
        if self.configuration is None:
            self.fault(f"{path}.target", "needs a configuration, whose mapping it names")
            return None
        mappings = self.configuration.rules.mappings
        for mapping in mappings.target(target):
            if isinstance(mapping.source, Computed | Direct):
                return str(mapping.source)
        known = [
            one.attribute for one in mappings.mappings if isinstance(one.source, Computed | Direct)
        ]
        near = nearest(target, known)
        self.fault(
            f"{path}.target",
            f"no mapping of the configuration makes {target!r} from an expression.",
            f"did you mean {near!r}?" if near else f"known: {', '.join(known)}",
        )
        return None

    def _expected(self, table: Mapping[str, Any], path: str) -> Expected | None:
        given = [name for name in _OUTCOMES if name in table]
        if len(given) != 1:
            names = ", ".join(_OUTCOMES)
            self.fault(
                path,
                f"says {'nothing' if not given else 'more than one thing'} about what "
                f"comes out; give one of {names}",
            )
            return None
        name, value = given[0], table[given[0]]
        if name == "result":
            return self._value(value, f"{path}.result")
        if name == "no_value":
            if value is not True:
                self.fault(f"{path}.no_value", "must be true, or left out")
            return Expected(kind="value")
        if not isinstance(value, str):
            self.fault(f"{path}.{name}", f"must be a text, not {value!r}")
            return None
        if name == "ignored" and value not in ("attribute", "object"):
            self.fault(f"{path}.ignored", f"must be attribute or object, not {value!r}")
            return None
        return Expected(kind=name, value=value)

    def _value(self, value: Any, path: str) -> Expected | None:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return Expected(kind="value", value=tuple(value))
        if value is None or isinstance(value, str):
            return Expected(kind="value", value=value)
        self.fault(
            path,
            f"must be a text or a list of texts, not {value!r}; the service writes "
            'numbers and booleans as texts, such as "5" and "True"',
        )
        return None

    def _mapping(
        self, item: Any, path: str, index: int, compiled: CompiledMappings
    ) -> Iterator[MappingCase]:
        table = self.table(item, path, _MAPPING)
        if "user" not in table:
            self.fault(f"{path}.user", "is missing: the attributes of the user")
            return
        values: dict[str, Expected] = {}
        for target, wanted in self.typed(table, "values", dict, path, {}).items():
            expected = self._value(wanted, f"{path}.values.{target}")
            if expected is not None:
                values[target] = expected
        if not {"dn", "values", "absent", "faults", "in_scope"} & set(table):
            self.fault(path, "expects nothing; give dn, values, absent, faults or in_scope")
        if self.configuration is None:
            return
        yield MappingCase(
            name=self.typed(table, "name", str, path, "") or f"user {index + 1}",
            user=self.typed(table, "user", dict, path, {}),
            compiled=compiled,
            scoping=self.configuration.rules.scoping,
            creating=self.typed(table, "creating", bool, path, True),
            dn=self.typed(table, "dn", str, path, ""),
            values=values,
            absent=frozenset(map(str, self.typed(table, "absent", list, path, []))),
            faults=self.typed(table, "faults", dict, path, {}),
            in_scope=self.typed(table, "in_scope", bool, path, None),
            path=f"{self.path.name} {path}",
        )
