import { spawnSync } from 'node:child_process'
import { lacks } from './lacks.ts'

/**
 * Why a test cannot run here, or false; for the option `skip` of a test. `root` and `strace` (which must also be allowed to trace) are known
 * beside the names of programs. In CI everything is there: what is missing is an error, since a proof that was skipped proves nothing.
 */
export function requires(...things: readonly string[]): string | false {
  const reason = things.map(missing).find((it) => it !== false) ?? false
  if (reason !== false && process.env['CI']) throw new Error(`CI must run this test: ${reason}`)
  return reason
}

function missing(thing: string): string | false {
  if (thing === 'root') return process.getuid?.() === 0 ? false : 'needs root'
  if (thing !== 'strace') return lacks(thing)
  return spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0 ? false : 'needs strace, and leave to trace'
}
