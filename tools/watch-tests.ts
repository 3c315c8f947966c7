import { readdirSync, readFileSync } from 'node:fs'
import type { TestsStream } from 'node:test'

/** A file in which no test has finished for too long. */
export interface Lateness {
  readonly file: string
  /** Tests that have started and not finished. */
  readonly tests: readonly string[]
}

export interface Watch {
  /** Files that have started and not finished. */
  going(): readonly string[]
  stop(): void
}

interface Going {
  sinceMs: number
  readonly tests: Set<string>
}

/** Ends the process of each file in which no test has started or finished for `limitMs`; a blocked process cannot enforce its own limit. */
export function watchFiles(stream: TestsStream, { limitMs, onLate }: { readonly limitMs: number; onLate(late: Lateness): void }): Watch {
  const files = new Map<string, Going>()
  const onEvent = (name: string, file: string | undefined, change: 'add' | 'delete') => {
    // A file is reported as a test itself.
    if (file === undefined || (name === file && change === 'delete')) return void files.delete(name)
    const going = files.get(file) ?? { sinceMs: 0, tests: new Set() }
    files.set(file, going)
    going.sinceMs = performance.now()
    if (name !== file) going.tests[change](name)
  }
  stream.on('test:dequeue', ({ name, file }) => onEvent(name, file, 'add'))
  stream.on('test:complete', ({ name, file }) => onEvent(name, file, 'delete'))
  const timer = setInterval(() => {
    for (const [file, { sinceMs, tests }] of files) {
      if (performance.now() - sinceMs < limitMs) continue
      files.delete(file)
      onLate({ file, tests: [...tests] })
      for (const pid of childrenFor(file)) process.kill(pid, 'SIGKILL')
    }
  }, 1000)
  return { going: () => [...files.keys()], stop: () => clearInterval(timer) }
}

/** Child processes that run this file. */
function childrenFor(file: string): readonly number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/u.test(pid))
    .filter((pid) => {
      try {
        const parent = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]
        return parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(file)
      } catch {
        return false
      }
    })
    .map(Number)
}
