"""One TOML or JSON file for everything: connection, object type, mappings, rules."""

from ldapconnector.configuration._configuration import Configuration

__all__ = ["Configuration"]
