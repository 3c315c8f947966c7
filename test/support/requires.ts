import { spawnSync } from 'node:child_process'
import { lacks, unlessCi } from './lacks.ts'

/**
 * Why a test cannot run here, or false; for the option `skip` of a test. Known beside the names of programs are `root`, `strace` (which must also
 * be allowed to trace) and `leave to mount`. In CI everything is there: what is missing is an error, since a proof that was skipped proves nothing.
 */
export function requires(...things: readonly string[]): string | false {
  return unlessCi(things.map(missing).find((it) => it !== false) ?? false)
}

/** Skips a test that found out only while it ran that it cannot go on here. In CI that is an error. */
export function skipHere(t: { skip(why: string): void }, why: string): void {
  unlessCi(why)
  t.skip(why)
}

function missing(thing: string): string | false {
  switch (thing) {
    case 'root':
      return process.getuid?.() === 0 ? false : 'needs root'
    case 'strace':
      return succeeds('strace', '-f', '-o', '/dev/null', 'true') ? false : 'needs strace, and leave to trace'
    case 'leave to mount':
      return succeeds('unshare', '--mount', 'mount', '-t', 'tmpfs', 'none', '/tmp') ? false : 'this place does not let us mount'
    default:
      return lacks(thing)
  }
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0
}
