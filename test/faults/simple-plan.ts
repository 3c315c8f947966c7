import assert from 'node:assert/strict'
import { assertAllWhole, leftInWorkArea } from './sets.ts'
import type { Setup } from './setup.ts'

export interface SimplePlan {
  /** Sets to keep; 2 unless said otherwise. */
  readonly copies?: number
  readonly workers?: number
  /** Bytes of the object `a`. */
  readonly bytes?: number
  /** More objects of one line each. */
  readonly more?: readonly string[]
}

/** One backup task: `a`, made by two stages, then `sub/b`, one at a time. Everything that it starts bears the setup's word. */
export function configureSimple(setup: Setup, { copies = 2, workers = 1, bytes = 20_000, more = [] }: SimplePlan = {}): void {
  const stage = (...argv: readonly string[]) => ({ type: 'exec-inline', argv, env: { WORD: setup.word } })
  setup.configure({
    'nb-workers': workers,
    tasks: [
      {
        id: 'default',
        type: 'backup',
        backend: 'localfs',
        'backend-param': { root: setup.root, 'nb-copy-limit': copies },
        objects: [
          { path: 'a', pipeline: [stage('head', '-c', String(bytes), '/dev/zero'), stage('cat')] },
          { path: 'sub/b', pipeline: [stage('echo', 'b')] },
          ...more.map((path) => ({ path, pipeline: [stage('echo', path)] })),
        ],
      },
    ],
  })
}

/** What holds after every run but a killed one: no process, nothing in the work area, every set whole. Gives the sets there are. */
export function assertClean(setup: Setup): readonly string[] {
  assert.deepEqual(setup.living(), [], 'no process is left')
  assert.deepEqual(leftInWorkArea(setup.root), [], 'nothing is left in the work area')
  return assertAllWhole(setup.root)
}

/** A run that must end well. */
export async function runWell(setup: Setup, ...args: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await setup.run(['-q', 'run', ...args])
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
  return assertClean(setup)
}

/** A failed run that must have changed nothing, but for what it says. */
export function assertFailed(ended: { readonly code: number | null; readonly stdout: string; readonly stderr: string }, says: RegExp): void {
  assert.deepEqual([ended.code, ended.stdout], [1, ''], ended.stderr)
  assert.match(ended.stderr, says)
}
