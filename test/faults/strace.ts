import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '../support/requires.ts'
import type { Ended, Setup } from './setup.ts'

/** Why strace cannot be used here; false where it can. For the option `skip` of a test. */
export function cannotStrace(): string | false {
  return requires('strace')
}

/** One system call as strace shows it: its name, and the rest of the line. */
export interface Traced {
  /** Which thread of the program made it. */
  readonly thread: string
  readonly name: string
  readonly text: string
}

// Node.js would keep what it compiled with calls of its own, which are renames too.
const ALONE = { UV_THREADPOOL_SIZE: '1', NODE_DISABLE_COMPILE_CACHE: '1' }

/**
 * Runs the program under strace. Only the program itself is traced, in all its threads, not what it starts. What strace is to do to a call
 * (`fsync:error=EIO:when=2`) counts the calls of each thread; one thread of the program makes all of them that can wait.
 */
export async function runTraced(
  { top, start }: Setup,
  args: readonly string[],
  { calls, inject = [] }: { readonly calls: readonly string[]; readonly inject?: readonly string[] },
): Promise<Ended & { readonly traced: readonly Traced[] }> {
  const file = join(top, 'trace')
  const options = ['-f', '-y', '-s', '512', '-b', 'execve', '-o', file, '-e', `trace=${calls.join(',')}`, ...inject.map((it) => `--inject=${it}`)]
  // Not by the launcher, whose exec would be taken for the start of a child.
  const ended = await start(args, { at: ['no-point', 'KILL'], under: ['strace', ...options], env: ALONE })
  return { ...ended, traced: existsSync(file) ? parseTrace(readFileSync(file, 'utf8')) : [] }
}

/** A call during which another thread made one is shown in two parts; they are put together, in the place of the first. */
function parseTrace(text: string): readonly Traced[] {
  const calls: { thread: string; name: string; text: string }[] = []
  const unfinished = new Map<string, (typeof calls)[number]>()
  for (const line of text.split('\n')) {
    const { thread = '', rest } = /^(?<thread>\d+) +<\.\.\. \w+ resumed>(?<rest>.*)$/u.exec(line)?.groups ?? {}
    const begun = unfinished.get(thread)
    if (rest !== undefined && begun !== undefined) begun.text += rest
    const whole = /^(?<thread>\d+) +(?<name>\w+)\((?<text>.*)$/u.exec(line)?.groups
    if (whole === undefined) continue
    const call = { thread: whole['thread'] ?? '', name: whole['name'] ?? '', text: (whole['text'] ?? '').replace(/ *<unfinished \.\.\.>$/u, '') }
    calls.push(call)
    unfinished.set(call.thread, call)
  }
  return calls
}

/** The calls that were tampered with. */
export function injected(traced: readonly Traced[]): readonly Traced[] {
  return traced.filter(({ text }) => text.includes('(INJECTED)'))
}
