"""The launcher of 389 Directory Server gives what it promises."""

from __future__ import annotations

import pytest

from _launchers.ldap_utils import clean, run_ldapmodify, run_ldapsearch, run_tool

pytestmark = pytest.mark.server


def test_tree_change_log_and_plugins(clean_ds389):
    server = clean_ds389
    person = f"uid=ada,{server.people}"
    added = run_ldapmodify(
        server,
        f"dn: {person}\nobjectClass: inetOrgPerson\nuid: ada\ncn: Ada\nsn: A\n\n"
        f"dn: cn=all,{server.groups}\nobjectClass: groupOfNames\ncn: all\nmember: {person}\n",
    )
    assert added.code == 0, added.errors
    (ada,) = run_ldapsearch(
        server, filter_text="(uid=ada)", attributes=["memberOf", "entryUUID", "nsUniqueId"]
    )
    assert ada.text("memberof") == (f"cn=all,{server.groups}",)
    assert len(ada.text("entryuuid")[0]) == 36
    twin = run_ldapmodify(
        server,
        f"dn: cn=twin,{server.people}\nobjectClass: inetOrgPerson\nuid: ada\ncn: twin\nsn: A\n",
    )
    assert twin.code == 19, twin.errors
    log = run_ldapsearch(server, server.extra["changelog_dn"], f"(targetDn={person})")
    assert "add" in {seen.text("changeType")[0] for seen in log}
    clean(server)
    assert [seen.dn for seen in run_ldapsearch(server)] == [server.people]


def test_accounts(ds389):
    user = (ds389.user_dn, ds389.user_password)
    assert run_tool("ldapwhoami", ds389, bind=user).code == 0
    assert run_tool("ldapwhoami", ds389, bind=user, url=ds389.tls_url).code == 0
    assert run_tool("ldapwhoami", ds389, bind=(ds389.user_dn, "wrong")).code == 49
    assert run_tool("ldapwhoami", ds389, bind=(ds389.extra["locked_dn"], user[1])).code == 53


def test_a_restart_keeps_the_data(clean_ds389):
    clean_ds389.restart()
    assert run_ldapsearch(clean_ds389, clean_ds389.user_dn, scope="base")
