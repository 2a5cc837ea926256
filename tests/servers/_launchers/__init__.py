"""Directory servers, a Kerberos realm and hostile servers that the tests start on loopback."""
