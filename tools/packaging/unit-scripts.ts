/** What the packages do with the units that an administrator has enabled: they stop with the program, and their links are not left behind. */

/** Scripts of a package for Debian, by name. `units`: those in the package. An upgrade stops nothing. */
export function debScripts(units: readonly string[]): Readonly<Record<'prerm' | 'postrm', string>> {
  return {
    prerm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -z "\${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop ${units.join(' ')} >/dev/null || true
fi
`,
    // The links of "systemctl enable", except those to a unit that the administrator has written. They remain when the package is only removed, so
    // that an installation of it later finds the units enabled.
    postrm: `#!/bin/sh
set -e
if [ "$1" = purge ]; then
  for unit in ${units.join(' ')}; do
    for link in "\${DPKG_ROOT:-}"/etc/systemd/system/*.wants/"$unit"; do
      case $(readlink "$link" || true) in
        /lib/systemd/system/"$unit" | /usr/lib/systemd/system/"$unit") rm -f "$link" ;;
      esac
    done
  done
fi
if [ -z "\${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
`,
  }
}

/** The scriptlets of an RPM package. `units`: those in the package. An upgrade stops nothing. */
export function rpmScriptlets(units: readonly string[]): string {
  return `%preun
if [ "$1" = 0 ] && command -v systemctl >/dev/null; then
  now=
  [ ! -d /run/systemd/system ] || now=--now
  systemctl --no-reload disable $now ${units.join(' ')} >/dev/null 2>&1 || true
fi
%postun
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload >/dev/null 2>&1 || true
fi
`
}
