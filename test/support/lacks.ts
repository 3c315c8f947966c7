import { spawnSync } from 'node:child_process'

/** Where programs are looked for: an ordinary user's PATH has no folders of the administrator's programs. */
export const SEARCHED_PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`

/** Why a test cannot run here, or false. */
export function lacks(...programs: readonly string[]): string | false {
  const missing = programs.filter((it) => spawnSync('/bin/sh', ['-c', 'command -v "$0"', it], { env: { PATH: SEARCHED_PATH } }).status !== 0)
  return missing.length === 0 ? false : `${missing.join(', ')} not installed`
}
