"""For users' own tests: real and imitated directories, and checks of what is written for them.

Nothing here needs pytest unless it is used from pytest.

>>> from ldapconnector.testing import openldap_missing, start_openldap
>>> if not openldap_missing():
...     server = start_openldap()
...     print(server.suffix)
...     server.stop()
... else:
...     print("dc=example,dc=com")
dc=example,dc=com
"""

from __future__ import annotations

from ldapconnector.testing._certificates import Certificates, KeyPair, make_certificates
from ldapconnector.testing._openldap import openldap_missing, start_openldap
from ldapconnector.testing._server import DirectoryServer

__all__ = [
    "Certificates",
    "DirectoryServer",
    "KeyPair",
    "make_certificates",
    "openldap_missing",
    "start_openldap",
]
