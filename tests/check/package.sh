#!/bin/sh
# The Debian package and `cmake --install` hold what an administrator needs, where it is looked for: programs with their manual pages, units that start
# what is there, the daemons' user and their folder, completion.
cd "$VOX_SOURCE" || exit 2
command -v dpkg-shlibdeps >/dev/null || exit 77
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
status=0
fault() {
    echo "$*"
    status=1
}

if ! cpack --config "$VOX_BUILD/CPackConfig.cmake" -B "$work" >"$work/log" 2>&1; then
    cat "$work/log"
    exit 1
fi
package=$(echo "$work"/voxtrust_*.deb)
dpkg-deb --extract "$package" "$work/root" && dpkg-deb --control "$package" "$work/control" || exit 1

for program in "$VOX_BUILD"/bin/vox*; do
    name=${program##*/}
    case $name in voxcapfd | voxtvsd) folder=sbin section=8 ;; *) folder=bin section=1 ;; esac
    "$work/root/usr/$folder/$name" --version >/dev/null || fault "usr/$folder/$name does not run"
    [ -s "$work/root/usr/share/man/man$section/$name.$section" ] || fault "$name has no manual page"
    [ -r "$work/root/usr/share/bash-completion/completions/$name" ] || fault "$name is not completed"
    if grep -qF "$VOX_SOURCE" "$work/root/usr/$folder/$name"; then fault "usr/$folder/$name tells where it was built"; fi
done
"$work/root/usr/bin/voxtrust" demo --help >/dev/null && [ -x "$work/root/usr/share/voxtrust/demo.sh" ] || fault "there is no demo"

units=$work/root/usr/lib/systemd/system
for unit in packaging/systemd/*; do
    [ -f "$units/${unit##*/}" ] || fault "${unit##*/} is not there"
done
starts=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$units"/*.service)
for program in $starts; do
    [ -x "$work/root$program" ] || fault "a unit starts $program, which is not there"
done
user=$(sed -n 's/^User=//p' "$units"/*.service | sort -u)
grep -q "^u $user " "$work/root/usr/lib/sysusers.d/voxtrust.conf" || fault "nobody makes the user $user"
grep -qx "d /var/lib/voxtrust 0700 $user $user" "$work/root/usr/lib/tmpfiles.d/voxtrust.conf" || fault "nobody makes the store's folder"

for script in postinst prerm postrm; do
    sh -n "$work/control/$script" && [ -x "$work/control/$script" ] || fault "$script is no program"
done
grep -q '^Depends:.*libssl3' "$work/control/control" || fault "the package does not say what it needs"

# Elsewhere units follow the place, as does what they start.
DESTDIR=$work/other cmake --install "$VOX_BUILD" --prefix /opt/vox >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
grep -q '^ExecStart=/opt/vox/sbin/voxcapfd ' "$work/other/opt/vox/lib/systemd/system/voxcapfd.service" || fault "units do not follow the prefix"
[ -x "$work/other/opt/vox/sbin/voxcapfd" ] || fault "voxcapfd is not installed"
exit $status
