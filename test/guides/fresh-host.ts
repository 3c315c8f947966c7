import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scaledMs } from '../support/time-limits.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')

/** This host without a network, with changes to its files in memory, which end with the script, and without a trace of Holdfast. */
const ENTER = `set -eu
ip link set lo up
mount -t tmpfs none "$0"
for folder in etc var srv mnt media opt root usr/local; do
  mkdir -p "$0/$folder" "$0/.work/$folder"
  mount -t overlay -o "lowerdir=/$folder,upperdir=$0/$folder,workdir=$0/.work/$folder" none "/$folder"
done
mount -t tmpfs -o mode=755 none /run
rm -rf /etc/holdfast /var/lib/holdfast /var/backups/holdfast /var/spool/cron/crontabs/root
ln -sf ${checkout}/holdfast /usr/local/bin/holdfast
cd /root
exec bash --norc -euo pipefail -c "$1"
`

// On a busy machine, checks can take longer than a monitoring system waits.
const LONG_CHECKS = `holdfast() { case "$*" in check | 'check '*) shift; command holdfast check --timeout ${Math.ceil(scaledMs(60_000) / 1000)}s "$@" ;; *) command holdfast "$@" ;; esac; }
`

/** Runs a script as a new user of a fresh host does: as root, with an empty environment. What it leaves running ends with it. */
export function onFreshHost(script: string): { readonly status: number | null; readonly text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'fresh-host-'))
  try {
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--mount-proc', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, folder, `${LONG_CHECKS}${script}`],
      {
        encoding: 'utf8',
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
      },
    )
    return { status, text: stdout + stderr }
  } finally {
    rmdirSync(folder)
  }
}
