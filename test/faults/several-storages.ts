import { join } from 'node:path'
import { type Arena, type Ending, openArena } from './arena.ts'

export const ROOTS = ['one', 'two'] as const

export interface SeveralPlan {
  readonly require?: 'all' | 'any'
  readonly last?: number
  readonly largeBytes?: number
}

/** An arena with a native configuration: the task `t` goes to two roots, `copy` brings its sets to a third one. Its own root is not used. */
export function openSeveral(t: Ending, clean?: () => void): Arena {
  return openArena(t, clean, 'plan.yaml')
}

/** Where the sets of a storage lie: `one`, `two` or `three`. */
export function rootOf({ top }: Arena, storage: string): string {
  return join(top, storage, 't')
}

export function configureSeveral(arena: Arena, { require = 'all', last = 2, largeBytes = 3_000_000 }: SeveralPlan = {}): void {
  const storage = (name: string) => ({ type: 'localfs', root: join(arena.top, name) })
  const sh = (script: string) => ({ exec: ['/bin/sh', '-c', script, arena.word], environment: { WORD: arena.word }, compress: 'none' })
  const objects = {
    large: { pipeline: [sh(`head -c ${largeBytes} /dev/urandom`).exec, ['/bin/cat']], environment: { WORD: arena.word }, compress: 'none' },
    small: sh('echo small'),
    slow: sh('echo slow; sleep 0.1; echo done'),
  }
  arena.configure({
    version: 1,
    workers: 2,
    storages: { one: storage('one'), two: storage('two'), three: storage('three') },
    tasks: {
      t: { steps: [{ backup: { to: [...ROOTS], require, keep: { last }, objects } }] },
      copy: { steps: [{ copy: { name: 't', from: 'one', to: 'three', keep: { last } } }] },
    },
  })
}
