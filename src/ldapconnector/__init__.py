"""Provision accounts into LDAP directories, as a plan that can be read before it is applied."""
