import { join } from 'node:path'
import { type Ending, openSetup, type Setup } from './setup.ts'

export const ROOTS = ['one', 'two'] as const

export interface SeveralPlan {
  readonly require?: 'all' | 'any'
  readonly last?: number
  readonly largeBytes?: number
}

/** An setup with a native configuration: the task `t` goes to two roots, `copy` brings its sets to a third one. Its own root is not used. */
export function openSeveral(t: Ending, clean?: () => void): Setup {
  return openSetup(t, clean, 'plan.yaml')
}

/** Where the sets of a storage lie: `one`, `two` or `three`. */
export function rootOf({ top }: Setup, storage: string): string {
  return join(top, storage, 't')
}

export function configureSeveral(setup: Setup, { require = 'all', last = 2, largeBytes = 3_000_000 }: SeveralPlan = {}): void {
  const storage = (name: string) => ({ type: 'localfs', root: join(setup.top, name) })
  const sh = (script: string) => ({ exec: ['/bin/sh', '-c', script, setup.word], environment: { WORD: setup.word }, compress: 'none' })
  const objects = {
    large: { pipeline: [sh(`head -c ${largeBytes} /dev/urandom`).exec, ['/bin/cat']], environment: { WORD: setup.word }, compress: 'none' },
    small: sh('echo small'),
    slow: sh('echo slow; sleep 0.1; echo done'),
  }
  setup.configure({
    version: 1,
    workers: 2,
    storages: { one: storage('one'), two: storage('two'), three: storage('three') },
    tasks: {
      t: { steps: [{ backup: { to: [...ROOTS], require, keep: { last }, objects } }] },
      copy: { steps: [{ copy: { name: 't', from: 'one', to: 'three', keep: { last } } }] },
    },
  })
}
