"""The launchers of Samba and ApacheDS give what they promise."""

from __future__ import annotations

import pytest

from _launchers.ldap_utils import clean, run_ldapmodify, run_ldapsearch, run_tool

pytestmark = pytest.mark.server


def test_samba_is_a_domain_controller(samba):
    # LDAP_CAP_ACTIVE_DIRECTORY_OID ([MS-ADTS] 3.1.1.3.4.3).
    found = run_tool("ldapsearch", samba, "-LLL", "-s", "base", "-b", "", "supportedCapabilities")
    assert "supportedCapabilities: 1.2.840.113556.1.4.800\n" in found.output


def test_samba_accounts(samba):
    def read(password, url):
        return run_tool(
            "ldapsearch",
            samba,
            *("-LLL", "-s", "base", "-b", samba.user_dn, "sAMAccountName"),
            bind=(samba.user_dn, password),
            url=url,
        )

    for url in (samba.url, samba.tls_url):
        assert "sAMAccountName: alice" in read(samba.user_password, url).output
        assert read("wrong", url).code == 49


def test_samba_is_cleaned(clean_samba):
    server = clean_samba
    person = f"CN=ada,{server.people}"
    added = run_ldapmodify(server, f"dn: {person}\nobjectClass: user\nsAMAccountName: ada\n")
    assert added.code == 0, added.errors
    assert len(run_ldapsearch(server, filter_text="(objectGUID=*)")) == 2
    clean(server)
    assert [seen.dn for seen in run_ldapsearch(server)] == [server.people]


def test_apacheds_accounts(apacheds):
    def read(password, url):
        return run_tool(
            "ldapsearch",
            apacheds,
            *("-LLL", "-s", "base", "-b", apacheds.user_dn, "mail"),
            bind=(apacheds.user_dn, password),
            url=url,
        )

    for url in (apacheds.url, apacheds.tls_url):
        assert "mail: alice@example.com" in read(apacheds.user_password, url).output
        assert read("wrong", url).code == 49


def test_apacheds_is_cleaned(clean_apacheds):
    server = clean_apacheds
    person = f"uid=ada,{server.people}"
    added = run_ldapmodify(
        server, f"dn: {person}\nobjectClass: inetOrgPerson\nuid: ada\ncn: Ada\nsn: A\n"
    )
    assert added.code == 0, added.errors
    (ada,) = run_ldapsearch(server, filter_text="(uid=ada)", attributes=["entryUUID"])
    assert len(ada.text("entryUUID")[0]) == 36
    clean(server)
    assert [seen.dn for seen in run_ldapsearch(server)] == [server.people]
