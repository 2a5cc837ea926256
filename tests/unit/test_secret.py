"""A secret shows itself to nobody who does not ask for it by name."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import sys
import traceback
from types import MappingProxyType

import attrs
import pytest

from ldapconnector.errors import UsageError
from ldapconnector.secret import Secret

VALUE = "Tr0ub4dor&3-é"


@pytest.fixture(params=["of", "call", "env", "file"])
def secret(request, monkeypatch, tmp_path):
    monkeypatch.setenv("THE_PASSWORD", VALUE)
    path = tmp_path / "password"
    path.write_text(f"{VALUE}\nsecond line\n", encoding="utf-8")
    return {
        "of": lambda: Secret.of(VALUE),
        "call": lambda: Secret.call(lambda: VALUE),
        "env": lambda: Secret.env("THE_PASSWORD"),
        "file": lambda: Secret.file(path),
    }[request.param]()


def test_it_can_be_used(secret):
    assert secret.reveal() == VALUE


@attrs.frozen
class Holder:
    password: Secret


def test_no_ordinary_way_shows_it(secret, caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("ldapconnector").warning("%s %r", secret, secret, extra={"s": secret})
    shown = [
        repr(secret),
        str(secret),
        f"{secret} {secret!r} {secret:>40}",
        "%s" % (secret,),  # noqa: UP031  the old way must not show it either
        repr(Holder(secret)),
        repr([secret]),
        repr(MappingProxyType({"password": secret})),
        json.dumps({"password": secret}, default=str),
        caplog.text,
        repr(copy.copy(secret)),
    ]
    for text in shown:
        assert VALUE not in text
        assert "Secret(" in text or text is caplog.text


def test_a_traceback_with_locals_does_not_show_it(secret):
    def use(password):
        raise RuntimeError("the server is gone")

    try:
        use(secret)
    except RuntimeError:
        text = "".join(traceback.TracebackException(*sys.exc_info(), capture_locals=True).format())
    assert "password" in text
    assert VALUE not in text


def test_a_reference_pickles_and_a_value_does_not(secret):
    if secret.reference is None:
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(secret)
        return
    octets = pickle.dumps(secret)
    assert VALUE.encode() not in octets
    again = pickle.loads(octets)
    assert again == secret
    assert hash(again) == hash(secret)
    assert again.reveal() == VALUE


def test_a_value_copies_to_itself():
    secret = Secret.of(VALUE)
    assert copy.copy(secret) is secret
    assert copy.deepcopy(secret) is secret
    assert copy.deepcopy(Holder(secret)).password is secret


def test_equality():
    assert Secret.env("A") == Secret.env("A")
    assert Secret.env("A") != Secret.env("B")
    assert Secret.env("A") != Secret.file("A")
    assert Secret.of("x") != Secret.of("x")
    assert Secret.of("x") != "x"
    held = Secret.of("x")
    assert len({held, held, Secret.env("A"), Secret.env("A")}) == 2


def test_it_cannot_be_changed(secret):
    with pytest.raises(AttributeError):
        secret.reference = "env:OTHER"
    with pytest.raises(AttributeError):
        secret.other = 1
    with pytest.raises(AttributeError):
        del secret.reference


def test_a_value_is_read_when_it_is_needed(monkeypatch):
    monkeypatch.delenv("THE_PASSWORD", raising=False)
    secret = Secret.parse("env:THE_PASSWORD")
    with pytest.raises(UsageError, match="THE_PASSWORD is not set"):
        secret.reveal()
    monkeypatch.setenv("THE_PASSWORD", "first")
    assert secret.reveal() == "first"
    monkeypatch.setenv("THE_PASSWORD", "second")
    assert secret.reveal() == "second"


@pytest.mark.parametrize(
    ("content", "value"), [("a\n", "a"), ("a\r\nb", "a"), ("", ""), (" a ", " a "), ("ä", "ä")]
)
def test_a_file_gives_its_first_line(tmp_path, content, value):
    path = tmp_path / "p"
    path.write_bytes(content.encode())
    assert Secret.parse(f"file:{path}").reveal() == value


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "latin").write_bytes(b"\xe9")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "latin"):
        with pytest.raises(UsageError, match="cannot be read") as caught:
            Secret.file(path).reveal()
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["hunter2", "env:", "file:", "", "vault:x", "ENV:X", "hun:ter2"])
def test_anything_else_is_no_reference_and_is_not_repeated(text):
    with pytest.raises(UsageError) as caught:
        Secret.parse(text)
    assert str(caught.value) == "a secret is given by reference, as env:NAME or file:PATH"
