"""Names, identifiers, passwords and roles."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

from ldapconnector.expressions._run import Run
from ldapconnector.expressions._signature import Kind, integer, optional, repeated, text, values
from ldapconnector.expressions._values import ArgumentError, Value, single
from ldapconnector.expressions.dotnet import sid
from ldapconnector.expressions.functions._define import builtin
from ldapconnector.expressions.functions._sources import CLOUD_SYNC, CUSTOMIZE, GRAPH

__all__ = ["FUNCTIONS", "AllTakenError"]

_Thunk = Callable[[], Value] | None


class AllTakenError(ArgumentError):
    """Every candidate of SelectUniqueValue exists in the target."""

    def __init__(self, candidates: tuple[str, ...]) -> None:
        shown = ", ".join(candidates)
        what = f"every value is taken: {shown}" if candidates else "no rule gives a value"
        super().__init__("", what + "; add a rule that gives another one")
        self.candidates = candidates


@builtin(
    "SelectUniqueValue",
    repeated(text("uniqueValueRule")),
    lazy=True,
    needs_run=True,
    pure=False,
    example=('SelectUniqueValue("john.smith", "j.smith")', "john.smith"),
)
def select_unique_value(run: Run, arguments: Sequence[_Thunk]) -> str:
    """Give the first value that the target does not have; rules without a value are passed over.

    At the top of an expression only, with two rules or more, and evaluated on creation.
    """
    tried: list[str] = []
    for thunk in arguments:
        candidate = None if thunk is None else single(thunk())
        if candidate and candidate not in tried:
            if not run.is_taken(candidate):
                return candidate
            tried.append(candidate)
    raise AllTakenError(tuple(tried))


@builtin("Guid", needs_run=True, pure=False, example=("Left(Guid(), 0)", ""))
def guid(run: Run) -> str:
    """Give a new random GUID in small letters with hyphens."""
    return str(uuid.UUID(int=run.random().getrandbits(128), version=4))


_DIGITS: Final = "0123456789"
_CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SMALL: Final = "abcdefghijklmnopqrstuvwxyz"
#: The special characters of the password policy that the reference points to.
_SPECIAL: Final = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"
_LONGEST: Final = 256


@builtin(
    "RandomString",
    integer("Length"),
    integer("MinimumNumbers"),
    integer("MinimumSpecialCharacters"),
    integer("MinimumCapital"),
    integer("MinimumLowerCase"),
    optional(text("CharactersToAvoid")),
    needs_run=True,
    pure=False,
    example=("Left(RandomString(8, 2, 0, 2, 2), 0)", ""),
)
def random_string(  # noqa: PLR0917 - the signature is Microsoft's
    run: Run,
    length: int,
    digits: int,
    special: int,
    capitals: int,
    small: int,
    avoid: str | None,
) -> str:
    """Give random characters, at least so many of each class, at most 256 in all.

    What the minimums leave open is drawn from the classes that have one, or from all
    classes where none has.
    """
    minimums = (
        ("MinimumNumbers", _DIGITS, digits),
        ("MinimumSpecialCharacters", _SPECIAL, special),
        ("MinimumCapital", _CAPITALS, capitals),
        ("MinimumLowerCase", _SMALL, small),
    )
    if not 0 <= length <= _LONGEST:
        raise ArgumentError("Length", f"the length must lie between 0 and {_LONGEST}")
    for name, _, minimum in minimums:
        if minimum < 0:
            raise ArgumentError(name, "a minimum cannot be negative")
    if sum(minimum for _, _, minimum in minimums) > length:
        raise ArgumentError("Length", "the length is less than the sum of the minimums")
    source = run.random()
    drawn: list[str] = []
    rest = ""
    all_classes = not any(minimum for _, _, minimum in minimums)
    for name, alphabet, minimum in minimums:
        allowed = "".join(letter for letter in alphabet if letter not in (avoid or ""))
        if minimum:
            if not allowed:
                raise ArgumentError("CharactersToAvoid", f"it leaves nothing to draw for {name}")
            drawn.extend(source.choice(allowed) for _ in range(minimum))
        if minimum or all_classes:
            rest += allowed
    open_places = length - len(drawn)
    if open_places and not rest:
        raise ArgumentError("CharactersToAvoid", "it leaves nothing to draw")
    drawn.extend(source.choice(rest) for _ in range(open_places))
    source.shuffle(drawn)
    return "".join(drawn)


@builtin(
    "DefaultDomain",
    source=GRAPH,
    needs_run=True,
    pure=False,
    example=('IIF("1"="1", "x", DefaultDomain())', "x"),
)
def default_domain(run: Run) -> str:
    """Give the tenant's default domain: the setting ``DefaultDomain`` of the job."""
    return run.parameter("DefaultDomain")


def _roles(assignments: tuple[str, ...]) -> list[dict[str, Any]]:
    """Read role assignments: JSON objects with id, value and displayName, or plain names."""
    roles = []
    for assignment in assignments:
        role: Any = None
        if assignment.lstrip()[:1] == "{":
            try:
                role = json.loads(assignment)
            except (ValueError, RecursionError):
                raise ArgumentError("source", "a role assignment is no JSON object") from None
        if not isinstance(role, dict):
            role = {"value": assignment, "displayName": assignment}
        roles.append(role)
    return roles


def _name(role: dict[str, Any]) -> str:
    return str(role.get("value") or role.get("displayName") or "")


@builtin(
    "SingleAppRoleAssignment",
    values("[appRoleAssignments]", graph="source"),
    null_to_null=True,
    example=('SingleAppRoleAssignment("Admin")', "Admin"),
)
def single_app_role_assignment(assignments: tuple[str, ...]) -> str:
    """Give the name of the one role that is assigned; several roles are an error."""
    if len(assignments) != 1:
        raise ArgumentError(
            "source",
            f"{len(assignments)} roles are assigned and one is supported;"
            " use AppRoleAssignmentsComplex for several",
        )
    return _name(_roles(assignments)[0])


@builtin(
    "AppRoleAssignments",
    values("source"),
    result=Kind.LIST,
    source=GRAPH,
    null_to_null=True,
    example=('AppRoleAssignments(Split("Admin,User", ","))', "Admin; User"),
)
def app_role_assignments(assignments: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names of all assigned roles."""
    return tuple(_name(role) for role in _roles(assignments))


def _complex(assignments: tuple[str, ...], label: str) -> tuple[str, ...]:
    return tuple(
        json.dumps(
            {
                "primary": False,
                "type": "WindowsAzureActiveDirectoryRole",
                label: str(role.get("displayName") or _name(role)),
                "value": _name(role),
            },
            ensure_ascii=False,
        )
        for role in _roles(assignments)
    )


@builtin(
    "AppRoleAssignmentsComplex",
    values("[appRoleAssignments]", graph="source"),
    result=Kind.LIST,
    source=CUSTOMIZE,
    null_to_null=True,
    example=(
        'AppRoleAssignmentsComplex("Admin")',
        (
            '{"primary": false, "type": "WindowsAzureActiveDirectoryRole",'
            ' "displayName": "Admin", "value": "Admin"}'
        ),
    ),
)
def app_role_assignments_complex(assignments: tuple[str, ...]) -> tuple[str, ...]:
    """Give all assigned roles as SCIM role objects, each a JSON text; roles are added."""
    return _complex(assignments, "displayName")


@builtin(
    "AssertiveAppRoleAssignmentsComplex",
    values("[appRoleAssignments]", graph="source"),
    result=Kind.LIST,
    source=CUSTOMIZE,
    null_to_null=True,
    example=(
        'AssertiveAppRoleAssignmentsComplex("Admin")',
        (
            '{"primary": false, "type": "WindowsAzureActiveDirectoryRole",'
            ' "display": "Admin", "value": "Admin"}'
        ),
    ),
)
def assertive_app_role_assignments_complex(assignments: tuple[str, ...]) -> tuple[str, ...]:
    """Give all assigned roles as SCIM role objects, each a JSON text; roles are replaced."""
    return _complex(assignments, "display")


@builtin(
    "DNComponent",
    text("dn"),
    integer("ComponentNumber"),
    source=CLOUD_SYNC,
    null_to_null=True,
    example=('DNComponent("cn=Joe,dc=contoso,dc=com", 1)', "Joe"),
)
def dn_component(name: str, position: int) -> str:
    """Give the value of a component of a distinguished name, counted from 1 on the left."""
    components = _components(name)
    if not 1 <= position <= len(components):
        raise ArgumentError("ComponentNumber", f"the name has {len(components)} components")
    return components[position - 1]


def _components(name: str) -> list[str]:
    """Return the values between the commas that no backslash protects (RFC 4514)."""
    found: list[bytes] = []
    current = bytearray()
    seen_equals = False
    octets = name.encode("utf-8", "surrogatepass")
    position = 0
    while position < len(octets):
        octet = octets[position : position + 1]
        if octet == b"\\":
            pair = octets[position + 1 : position + 3]
            if len(pair) == len(b"2C") and pair.isalnum() and _is_hex(pair):
                current += bytes.fromhex(pair.decode("ascii"))
                position += 3
                continue
            current += octets[position + 1 : position + 2]
            position += 2
            continue
        if octet == b"=" and not seen_equals:
            seen_equals = True
            current.clear()
        elif octet in b",;":
            found.append(bytes(current))
            current.clear()
            seen_equals = False
        else:
            current += octet
        position += 1
    if octets.strip():
        found.append(bytes(current))
    return [value.decode("utf-8", "replace").strip(" ") for value in found]


def _is_hex(pair: bytes) -> bool:
    return all(octet in b"0123456789abcdefABCDEF" for octet in pair)


@builtin(
    "StringFromSid",
    text("ObjectSID"),
    source=CLOUD_SYNC,
    null_to_null=True,
    example=('StringFromSid("AQEAAAAAAAUSAAAA")', "S-1-5-18"),
)
def string_from_sid(value: str) -> str:
    """Give the text S-1-... of a security identifier, itself given as Base64."""
    try:
        return sid.string_from_sid(base64.b64decode("".join(value.split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise ArgumentError("ObjectSID", f"this is no SID in Base64: {error}") from None


FUNCTIONS: Final = (
    select_unique_value,
    guid,
    random_string,
    default_domain,
    single_app_role_assignment,
    app_role_assignments,
    app_role_assignments_complex,
    assertive_app_role_assignments_complex,
    dn_component,
    string_from_sid,
)
