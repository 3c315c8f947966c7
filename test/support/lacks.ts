import { spawnSync } from 'node:child_process'

/** Where programs are looked for: an ordinary user's PATH has no folders of the administrator's programs. */
export const SEARCHED_PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`

/** Why a test cannot run here, or false. In CI, everything is there that `tools/test-packages.txt` installs: an error instead. */
export function lacks(...programs: readonly string[]): string | false {
  const missing = programs.filter((it) => !isInstalled(it))
  return unlessCi(missing.length > 0 && `${missing.join(', ')} not installed`)
}

export function isInstalled(program: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'command -v "$0"', program], { env: { PATH: SEARCHED_PATH } }).status === 0
}

/** Such a reason. In CI that is an error, since a proof that was skipped proves nothing. */
export function unlessCi(reason: string | false): string | false {
  if (reason !== false && process.env['CI']) throw new Error(`CI must run this test: ${reason}`)
  return reason
}
