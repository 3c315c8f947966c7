import type { Setup } from './setup.ts'

export const SOURCE_BYTES = 300_000

/** Where the fault is: at a position, counted from 0, of a pipeline of so many stages. */
export interface Where {
  readonly stages: number
  readonly position: number
}

const upTo = (most: number): readonly Where[] =>
  Array.from({ length: most }, (_, index) => index + 1).flatMap((stages) => Array.from({ length: stages }, (_, position) => ({ stages, position })))

/** Every position of the pipelines of one to six stages. */
export const ALL = upTo(6)
export const FEW = upTo(2)

/** One way to misbehave, as a shell script; `$0` is the setup's word. */
export interface Fault {
  readonly name: string
  readonly script: string
  /** The first stage never ends by itself. */
  readonly endless?: boolean
}

export const placeName = ({ stages, position }: Where) => `${position + 1} of ${stages}`

/** Tasks: `good`; one for every place, with the fault there; `everywhere`, with an object for every place, all made at once. */
export function configureStages(setup: Setup, fault: Fault): void {
  const exec = (id: string, script: string) => ({ id, argv: ['/bin/sh', '-c', script, setup.word], env: { WORD: setup.word } })
  const use = (id: string) => ({ type: 'exec', 'exec-id': id })
  const first = fault.endless === true ? 'endless' : 'source'
  const pipeline = ({ stages, position }: Where) =>
    Array.from({ length: stages }, (_, index) => use(index === position ? 'misbehaves' : index === 0 ? first : 'passes'))
  const task = (id: string, objects: readonly object[]) => ({
    id,
    type: 'backup',
    backend: 'localfs',
    'backend-param': { root: setup.root, 'nb-copy-limit': 2 },
    objects: [...objects, { path: 'good', pipeline: [use('source')] }],
  })
  setup.configure({
    'nb-workers': 30,
    execs: [
      exec('source', `head -c ${SOURCE_BYTES} /dev/zero`),
      exec('endless', 'exec yes'),
      exec('passes', 'exec cat'),
      exec('misbehaves', fault.script),
    ],
    tasks: [
      task('good', []),
      task(
        'everywhere',
        ALL.map((where) => ({ path: placeName(where), pipeline: pipeline(where) })),
      ),
      ...ALL.map((where) => task(placeName(where), [{ path: 'made', pipeline: pipeline(where) }])),
    ],
  })
}
