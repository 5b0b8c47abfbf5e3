#!/bin/sh
# Units for systemd are hardened as far as we promise, and let the daemons load their own filter of system calls; timers have a service to start
# and a time that there is.
cd "$VOX_SOURCE" || exit 2
command -v systemd-analyze >/dev/null || exit 77
status=0
for unit in packaging/systemd/*.service; do
    if ! systemd-analyze security --no-pager --offline=true --threshold=15 "$unit" >"$VOX_BUILD/unit-security" 2>&1; then
        cat "$VOX_BUILD/unit-security"
        status=1
    fi
    if grep -q '^ExecStart=/usr/sbin/vox' "$unit" && ! grep -qx 'SystemCallFilter=seccomp' "$unit"; then
        echo "$unit: without SystemCallFilter=seccomp the daemon's own filter cannot be loaded"
        status=1
    fi
done
# The state process is confined with these; @system-service does not hold them.
for call in landlock_create_ruleset landlock_add_rule landlock_restrict_self; do
    grep '^SystemCallFilter=[^~]' packaging/systemd/voxcapfd.service | grep -qw "$call" || {
        echo "packaging/systemd/voxcapfd.service: without SystemCallFilter=$call the state process can read the cluster's keys"
        status=1
    }
done
for unit in packaging/systemd/*.timer; do
    [ -f "${unit%.timer}.service" ] || { echo "$unit: starts no service of ours"; status=1; }
    when=$(sed -n 's/^OnCalendar=//p' "$unit")
    systemd-analyze calendar "${when:-never}" >/dev/null || { echo "$unit: OnCalendar=$when is no time"; status=1; }
done
exit $status
