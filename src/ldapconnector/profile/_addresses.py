"""Hosts and ports, as people write them."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from ldapconnector.errors import ConfigurationError, Fault
from ldapconnector.profile._checks import fault

__all__ = ["Address", "are_hosts", "is_name", "is_port", "parse_host"]

_LARGEST_PORT: Final = 65535
# Spaces, control characters, and what belongs to an address of another form, or to a DN.
_NOT_IN_HOSTS: Final = re.compile(r"""[\s\x00-\x1f\x7f/\\,=;"'<>?#()]""")


@attrs.frozen
class Address:
    """A host and a TCP port.

    Attributes:
        host: a DNS name or an IP address.
        port: 1 to 65535.

    >>> str(Address("::1", 389))
    '[::1]:389'
    """

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def is_port(_: Any, __: attrs.Attribute[Any], value: int | None) -> None:
    """Refuse what is no TCP port; None is the default one."""
    if value is not None and not 0 < value <= _LARGEST_PORT:
        raise fault(f"{value!r} is no TCP port, which is a whole number from 1 to 65535")


def is_name(_: Any, __: attrs.Attribute[Any], value: str) -> None:
    """Refuse what is no host's name; the empty one stands for another's."""
    if _NOT_IN_HOSTS.search(value):
        raise fault(f"{value!r} is no name of a host")


def are_hosts(_: Any, __: attrs.Attribute[Any], values: tuple[str, ...]) -> None:
    """Refuse hosts that are none."""
    faults = []
    for index, value in enumerate(values):
        try:
            parse_host(value, 0)
        except ValueError as error:
            faults.append(Fault(path=f"$[{index}]", message=str(error)))
    if faults:
        raise ConfigurationError(faults)


def parse_host(text: str, port: int) -> Address:
    """Split ``name``, ``name:port``, ``[::1]``, ``[::1]:port`` and ``::1``."""
    if "@" in text:
        raise ValueError(
            f"'…@{text.rpartition('@')[2]}' is no host; a name and a password belong in the binding"
        )
    host, rest = text.strip(), ""
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is no host; an IPv6 address is written [::1]:389")
        rest = rest[1:]
    elif host.count(":") == 1:
        host, _, rest = host.partition(":")
    if not host or _NOT_IN_HOSTS.search(host):
        raise ValueError(
            f"{text!r} is no host; write a name or an address, with :PORT behind it if need be"
        )
    if rest:
        if not rest.isascii() or not rest.isdigit() or not 0 < int(rest) <= _LARGEST_PORT:
            raise ValueError(f"{rest!r} in {text!r} is no TCP port, which is 1 to 65535")
        port = int(rest)
    return Address(host, port)
