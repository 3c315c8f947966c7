import type { Code } from './actors.ts'
import { type Played, play } from './play.ts'
import { SCENES } from './scenes.ts'

/** A schedule by name. */
interface Named {
  readonly title: string
  readonly scene: string
  /** One after the other: what would be done next, and what happens instead. Otherwise the actor at work goes on. */
  readonly deviations: readonly (readonly [next: RegExp, instead: RegExp])[]
}

const PUT_MANIFEST = /^A put .*manifest\.json$/u
const REMOVE_MANIFEST = /^A remove .*manifest\.json$/u
const CHECK_LEASE = /^A get .*lease\/A$/u
const COMMIT = /^A remove .*begin\/A$/u

/** Schedules that chance rarely finds: each breaks the code when the fault of `planted.ts` with its title is in it. */
export const NAMED: readonly Named[] = [
  {
    title: 'a roll-back removes a set that is whole without a mark that hides it',
    scene: 'two runs of one host, in one second',
    deviations: [
      [PUT_MANIFEST, PUT_MANIFEST],
      [CHECK_LEASE, /^fail/u],
      [REMOVE_MANIFEST, /^late, and failed/u],
    ],
  },
  {
    title: 'a set counts although a dead run had begun to take it back',
    scene: 'two runs of two hosts, in one second',
    deviations: [
      [PUT_MANIFEST, PUT_MANIFEST],
      [CHECK_LEASE, /^fail/u],
      [REMOVE_MANIFEST, /^freeze before/u],
      [/^B put .*db\.sql$/u, /^kill before/u],
    ],
  },
  {
    title: 'a sweep takes the name from a stopped run without looking again',
    scene: 'two runs of two hosts, in one second',
    deviations: [
      [/^A put .*lease\/A$/u, /^freeze before/u],
      [/^B put .*(?:sweep\/B|expiring)$/u, /^wake A/u],
      [/^B put .*(?:sweep\/B|expiring)$/u, /^turn to A/u],
    ],
  },
  {
    title: 'a sweep does not look again once its mark is there',
    scene: 'two runs of one host, in one second',
    deviations: [
      [PUT_MANIFEST, /^turn to B/u],
      [/^B get .*begin\/A$/u, /^turn to A/u],
      [COMMIT, /^kill, late/u],
      [/^B put .*sweep\/B$/u, /^arrives: A remove .*begin\/A$/u],
    ],
  },
]

export async function playNamed({ scene: title, deviations }: Named, code: Code): Promise<Played & { readonly taken: number }> {
  const scene = SCENES.find((it) => it.title === title)
  if (scene === undefined) throw new Error(`no scene is called "${title}"`)
  let taken = 0
  const played = await play(scene, code, (options) => {
    const wanted = deviations[taken]
    const index = wanted?.[0].test(options[0]?.what ?? '') ? options.findIndex(({ what }) => wanted[1].test(what)) : -1
    if (index >= 0) taken += 1
    return Math.max(0, index)
  })
  return { ...played, taken }
}
