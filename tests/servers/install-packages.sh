#!/bin/sh
# Install the directory servers that the tests start, where that is possible. Never fails:
# where a package cannot be had, the tests of that server skip and say so.
#
# Packages must not start daemons of their own on this machine, so a policy-rc.d that
# forbids it stands in their way during the installation.
set -u
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

openldap="slapd ldap-utils libsasl2-modules"
kerberos="krb5-kdc krb5-admin-server krb5-user libsasl2-modules-gssapi-mit"
compiled="gcc libc6-dev python3-dev libkrb5-dev libldap-dev libsasl2-dev"
ds389="389-ds-base"
samba="samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules python3-samba winbind"
apacheds="apacheds libapache-directory-api-java libapache-directory-jdbm-java libbcprov-java
	libcommons-lang-java libcommons-pool-java libdom4j-java libmavibot-java libmina2-java libxpp3-java
	libcaffeine-java openjdk-17-jre-headless"

absent() {
	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
	done
}

command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1 || {
	echo "packages: no apt-get here; the tests use the directory servers that are installed."
	exit 0
}
# shellcheck disable=SC2086  # lists of words
wanted=$(absent $openldap $kerberos $ds389 $samba $apacheds)
# A user's own Python brings its headers; only the system's needs python3-dev, so it is wanted, not missed.
command -v krb5-config >/dev/null 2>&1 && command -v gcc >/dev/null 2>&1 || wanted="$wanted libkrb5-dev"
wanted="$wanted$(absent libldap-dev libsasl2-dev)"
[ -n "$wanted" ] || exit 0
[ "$(id -u)" = 0 ] || {
	echo "packages: not root, so these stay absent and their tests skip: $wanted"
	exit 0
}

policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 130' INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
fi

echo "packages: installing what is absent: $wanted"
log=$(mktemp)
timeout 300 apt-get update -qq >"$log" 2>&1 || echo "packages: apt-get update failed; trying with the lists there are."
# One server at a time: what cannot be had for one does not cost the others.
for group in "$openldap" "$kerberos" "$compiled" "$ds389" "$samba" "$apacheds"; do
	# shellcheck disable=SC2086
	missing=$(absent $group)
	[ -n "$missing" ] || continue
	# shellcheck disable=SC2086
	timeout 600 apt-get install -y -qq --no-install-recommends $missing >"$log" 2>&1 </dev/null || {
		echo "packages: could not install $missing (tests that need them skip):"
		tail -3 "$log"
	}
done
rm -f "$log"
exit 0
