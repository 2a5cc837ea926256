"""Result codes and servers' messages become typed, explained errors."""

from __future__ import annotations

import pickle

import pytest

from ldapconnector.directory import Control, ResultCode, result_error, result_name
from ldapconnector.directory._password_policy import (
    PASSWORD_POLICY,
    PasswordPolicyError,
    password_policy_answer,
)
from ldapconnector.errors import (
    BindRefused,
    DirectoryError,
    EntryExists,
    EntryNotFound,
    InvalidValue,
    LimitExceeded,
    NamingViolation,
    NotAllowed,
    NotLeaf,
    ReferralReturned,
    SchemaViolation,
    ServerBusy,
)

SLAPD = [
    # What slapd 2.5.13 says, and what it means.
    (21, "objectClass: value #0 invalid per syntax", SchemaViolation, "know the object class"),
    (17, "foo: attribute type undefined", SchemaViolation, "no attribute foo"),
    (21, "uidNumber: value #0 invalid per syntax", InvalidValue, "number 0 .* of uidNumber"),
    (
        65,
        "object class 'inetOrgPerson' requires attribute 'sn'",
        SchemaViolation,
        "class inetOrgPerson demands the attribute sn",
    ),
    (65, "attribute 'uidNumber' not allowed", SchemaViolation, "allows the attribute uidNumber"),
    (65, "no structural object class provided", SchemaViolation, "structural"),
    (65, "no objectClass attribute", SchemaViolation, "object classes"),
    (
        65,
        "invalid structural object class chain (inetOrgPerson/account)",
        SchemaViolation,
        "inetOrgPerson and account are both structural",
    ),
    (
        65,
        "object class 'groupOfNames' requires attribute 'member'",
        SchemaViolation,
        "demands the attribute member",
    ),
    (19, "attribute 'gidNumber' cannot have multiple values", InvalidValue, "takes one value"),
    (
        64,
        "value of naming attribute 'uid' is not present in entry",
        NamingViolation,
        "another value of uid",
    ),
    (19, "entryUUID: no user modification allowed", NotAllowed, "maintained by the server"),
    (19, "some attributes not unique", EntryExists, "unique"),
    (53, "no global superior knowledge", NamingViolation, "no database"),
    (66, "subordinate objects must be deleted first", NotLeaf, "below it"),
    (34, "invalid DN", NamingViolation, "for a DN"),
    (50, "no write access to parent", NotAllowed, "no right"),
]

DS389 = [
    (65, 'unknown object class "nonsense"\n', SchemaViolation, "object class nonsense"),
    (
        65,
        'missing attribute "cn" required by object class "person"\n',
        SchemaViolation,
        "class person demands the attribute cn",
    ),
    (65, 'attribute "uidNumber" not allowed\n', SchemaViolation, "allows the attribute uidNumber"),
    (
        65,
        'single-valued attribute "uidNumber" has multiple values\n',
        InvalidValue,
        "uidNumber takes one value",
    ),
    (
        19,
        'Another entry with the same attribute value already exists (attribute: "uid")',
        EntryExists,
        "unique",
    ),
    (
        19,
        "invalid password syntax - password must be at least 8 characters long",
        InvalidValue,
        "policy",
    ),
]

ACTIVE_DIRECTORY = [
    ("525", "no such account"),
    ("52e", "password is wrong"),
    ("530", "at this time"),
    ("531", "this machine"),
    ("532", "expired"),
    ("533", "disabled"),
    ("701", "account has expired"),
    ("773", "must be changed"),
    ("775", "locked"),
]


@pytest.mark.parametrize(("code", "diagnostic", "kind", "told"), [*SLAPD, *DS389])
def test_a_message_is_explained(code, diagnostic, kind, told):
    error = result_error(code, operation="add", dn="cn=a", diagnostic=diagnostic)
    assert type(error) is kind
    with pytest.raises(kind, match=told):
        raise error
    assert error.code == code
    assert error.diagnostic == diagnostic.strip()
    assert diagnostic.strip() in str(error)
    assert "{" not in str(error)


@pytest.mark.parametrize(("data", "told"), ACTIVE_DIRECTORY)
def test_the_sub_codes_of_active_directory_are_explained(data, told):
    diagnostic = f"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v3839"
    error = result_error(49, operation="bind", dn="cn=a", diagnostic=diagnostic)
    assert type(error) is BindRefused
    assert told in error.explanation
    assert error.next_step


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, DirectoryError),
        (3, LimitExceeded),
        (4, LimitExceeded),
        (10, ReferralReturned),
        (11, LimitExceeded),
        (12, NotAllowed),
        (13, NotAllowed),
        (16, InvalidValue),
        (17, SchemaViolation),
        (19, InvalidValue),
        (20, EntryExists),
        (21, InvalidValue),
        (32, EntryNotFound),
        (34, NamingViolation),
        (50, NotAllowed),
        (51, ServerBusy),
        (52, ServerBusy),
        (53, NotAllowed),
        (64, NamingViolation),
        (65, SchemaViolation),
        (66, NotLeaf),
        (67, NamingViolation),
        (68, EntryExists),
        (69, SchemaViolation),
        (71, NotAllowed),
        (80, DirectoryError),
        (122, DirectoryError),
        (999, DirectoryError),
    ],
)
def test_a_code_alone_has_its_type(code, kind):
    error = result_error(code, operation="modify", dn="cn=a")
    assert type(error) is kind
    assert error.explanation
    assert str(error).startswith("modify of 'cn=a': ")
    assert f"result code {code}" in str(error)


@pytest.mark.parametrize("code", [code for code in ResultCode if code not in {0, 5, 6, 54}])
def test_every_code_is_explained_in_words_of_its_own(code):
    error = result_error(code, operation="search")
    assert error.explanation
    if code not in {118, 119, 120, 121}:
        assert "not in the standard" not in error.explanation


@pytest.mark.parametrize("code", [7, 8, 13, 48, 49, 50, 53, 80])
def test_a_bind_that_is_refused_is_always_that(code):
    assert type(result_error(code, operation="bind")) is BindRefused


@pytest.mark.parametrize("code", [48, 49])
def test_and_nothing_else_is_ever_a_refused_bind(code):
    assert type(result_error(code, operation="modify")) is NotAllowed


def test_a_missing_parent_is_named_with_what_exists():
    error = result_error(32, operation="add", dn="cn=a,ou=b,dc=c", matched_dn="dc=c")
    assert type(error) is EntryNotFound
    assert "nearest that does is 'dc=c'" in str(error)
    assert result_error(32, operation="search").explanation != error.explanation


def test_an_error_survives_the_way_between_processes():
    error = result_error(
        65, operation="add", dn="cn=a", diagnostic="no objectClass", referrals=("ldap://b",)
    )
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.referrals) == (type(error), str(error), ("ldap://b",))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0, "success"),
        (21, "invalidAttributeSyntax"),
        (67, "notAllowedOnRDN"),
        (4711, "result code 4711"),
    ],
)
def test_names_are_those_of_the_standard(code, name):
    assert result_name(code) == name


# ---------------------------------------------------------------- password policy


def policy(hexadecimal):
    return Control(oid=PASSWORD_POLICY, value=bytes.fromhex(hexadecimal))


@pytest.mark.parametrize("error", PasswordPolicyError)
def test_the_policys_error_is_explained(error):
    control = policy(f"3003 8101{error:02x}")
    found = result_error(49, operation="bind", controls=[control])
    assert type(found) is BindRefused
    assert found.explanation == error.explanation
    assert found.next_step


@pytest.mark.parametrize(
    ("error", "kind"), [(5, InvalidValue), (6, InvalidValue), (8, InvalidValue), (3, NotAllowed)]
)
def test_a_refused_password_is_a_bad_value_or_a_missing_right(error, kind):
    found = result_error(19, operation="set password", controls=[policy(f"3003 8101{error:02x}")])
    assert type(found) is kind


@pytest.mark.parametrize(
    ("hexadecimal", "expires_in", "grace_logins", "told"),
    [
        ("3007 a005 800302a300", 172800, None, "expires in 2 days"),
        ("3005 a003 810103", None, 3, "3 more logins"),
        ("3000", None, None, ""),
    ],
)
def test_the_policys_warnings(hexadecimal, expires_in, grace_logins, told):
    answer = password_policy_answer([policy(hexadecimal)])
    assert answer is not None
    assert (answer.expires_in, answer.grace_logins) == (expires_in, grace_logins)
    assert told in answer.warning


@pytest.mark.parametrize("hexadecimal", ["", "30", "3003", "3003 8101ff", "3007 8101", "0400"])
def test_an_answer_that_cannot_be_read_hides_nothing(hexadecimal):
    found = result_error(49, operation="bind", controls=[policy(hexadecimal)])
    assert "wrong" in found.explanation


@pytest.mark.parametrize(
    ("oid", "value", "told"),
    [
        ("2.16.840.1.113730.3.4.4", b"0", "expired"),
        ("2.16.840.1.113730.3.4.5", b"172800", "2 days"),
    ],
)
def test_the_older_controls_of_netscape(oid, value, told):
    answer = password_policy_answer([Control(oid=oid, value=value)])
    assert answer is not None
    assert told in answer.warning


def test_a_server_that_says_more_than_its_policy_is_listened_to():
    locked = policy("3003 810101")
    disabled = result_error(
        53, operation="bind", controls=[locked], diagnostic="Account inactivated. Contact ..."
    )
    assert "disabled" in disabled.explanation
    no_right = result_error(50, operation="modify", controls=[policy("3003 810103")])
    assert "no right" in no_right.explanation
