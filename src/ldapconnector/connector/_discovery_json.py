"""A discovery as JSON and back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ldapconnector.directory import Certificate
from ldapconnector.entries import Entry
from ldapconnector.errors import ConfigurationError, Fault
from ldapconnector.schema import Schema

__all__ = ["discovery_from_json", "discovery_to_json"]

_FORMAT: Final = "ldapconnector discovery"
_VERSION: Final = 1
_KNOWN: Final = frozenset(
    {"format", "version", "product", "root_dse", "schema", "aliases", "schema_error", "certificate"}
)
_TEXTS_OF_CERTIFICATE: Final = ("sha256", "pem", "subject", "issuer", "serial")


def discovery_to_json(
    *,
    root_dse: Entry,
    schema: Schema,
    certificate: Certificate | None,
    product: str,
    schema_error: str,
) -> str:
    """Return the document; values that are no UTF-8 stand as ``{"base64": ...}``."""
    document: dict[str, Any] = {
        "format": _FORMAT,
        "version": _VERSION,
        "product": product,
        "root_dse": {name: list(map(_value, values)) for name, values in root_dse.items()},
        "schema": {name: list(values) for name, values in schema.definitions().items()},
        "aliases": list(schema.aliases),
        "schema_error": schema_error,
        "certificate": None if certificate is None else _certificate(certificate),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _value(octets: bytes) -> str | dict[str, str]:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(octets).decode("ascii")}


def _certificate(certificate: Certificate) -> dict[str, Any]:
    document: dict[str, Any] = {name: getattr(certificate, name) for name in _TEXTS_OF_CERTIFICATE}
    document["names"] = list(certificate.names)
    for name in ("valid_from", "valid_until"):
        when: datetime | None = getattr(certificate, name)
        document[name] = None if when is None else when.isoformat()
    return document


def discovery_from_json(text: str) -> dict[str, Any]:
    """Return the fields of the discovery.

    Raises:
        ConfigurationError: with every fault and its path.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"is no JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise ConfigurationError([Fault(path="$", message=message)], "discovery") from None
    return _Reader().read(document)


class _Reader:
    """Reads a document and collects what is wrong with it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def read(self, document: Any) -> dict[str, Any]:
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            self._fault("$", f'is no saved discovery (its "format" would be {_FORMAT!r})')
            document = {}
        elif document.get("version") != _VERSION:
            self._fault("$.version", f"{document.get('version')!r} is not {_VERSION}")
        for name in sorted(document.keys() - _KNOWN):
            self._fault(f"$.{name}", "is not known")
        root_dse = {
            name: tuple(self._octets(f"$.root_dse.{name}[{n}]", v) for n, v in enumerate(values))
            for name, values in self._lists("$.root_dse", document.get("root_dse")).items()
        }
        definitions = {
            name: [self._text(f"$.schema.{name}[{n}]", v) for n, v in enumerate(values)]
            for name, values in self._lists("$.schema", document.get("schema")).items()
        }
        aliases = [
            self._text(f"$.aliases[{n}]", v)
            for n, v in enumerate(self._list("$.aliases", document.get("aliases", [])))
        ]
        certificate = self._certificate(document.get("certificate"))
        product = self._text("$.product", document.get("product", ""))
        schema_error = self._text("$.schema_error", document.get("schema_error", ""))
        if self._faults:
            raise ConfigurationError(self._faults, "discovery")
        schema = Schema.parse(definitions)
        return {
            "root_dse": Entry("", root_dse),
            "schema": schema.with_aliases(*aliases) if aliases else schema,
            "certificate": certificate,
            "product": product,
            "schema_error": schema_error,
        }

    def _fault(self, path: str, message: str) -> None:
        self._faults.append(Fault(path=path, message=message))

    def _lists(self, path: str, value: Any) -> Mapping[str, list[Any]]:
        if not isinstance(value, dict):
            self._fault(path, "must be an object of lists")
            return {}
        return {name: self._list(f"{path}.{name}", values) for name, values in value.items()}

    def _list(self, path: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            self._fault(path, "must be a list")
            return []
        return value

    def _text(self, path: str, value: Any) -> str:
        if not isinstance(value, str):
            self._fault(path, "must be text")
            return ""
        return value

    def _octets(self, path: str, value: Any) -> bytes:
        if isinstance(value, dict) and set(value) == {"base64"}:
            try:
                return base64.b64decode(self._text(path, value["base64"]), validate=True)
            except (binascii.Error, ValueError):
                self._fault(path, "is no base64")
                return b""
        return self._text(path, value).encode()

    def _certificate(self, value: Any) -> Certificate | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            self._fault("$.certificate", "must be an object or null")
            return None
        texts = {
            name: self._text(f"$.certificate.{name}", value.get(name, ""))
            for name in _TEXTS_OF_CERTIFICATE
        }
        names = self._list("$.certificate.names", value.get("names", []))
        return Certificate(
            **texts,
            names=tuple(
                self._text(f"$.certificate.names[{n}]", name) for n, name in enumerate(names)
            ),
            valid_from=self._time("$.certificate.valid_from", value.get("valid_from")),
            valid_until=self._time("$.certificate.valid_until", value.get("valid_until")),
        )

    def _time(self, path: str, value: Any) -> datetime | None:
        if value is None:
            return None
        try:
            return datetime.fromisoformat(self._text(path, value))
        except ValueError:
            self._fault(path, f"{value!r} is no time as ISO 8601 has it")
            return None
