import { memoryStorage } from '../../src/storage/conform/memory.ts'
import { type Actor, type ActorSpec, type Code, makeSource, nameAt, type Setting } from './actors.ts'
import { completeIn } from './oracle.ts'
import type { World } from './world.ts'

/** Who works on the store, and what kind of store it is. */
export interface Scene {
  readonly title: string
  readonly actors: readonly ActorSpec[]
  readonly completeWhen: 'folder' | 'manifest'
  /** Whether listings tell when an object was put. */
  readonly tellsTimes: boolean
  readonly copies: bigint
}

const OLD_SECOND = -3600

export interface Watch {
  readonly setting: Setting
  readonly expired: Set<string>
  broken(): string | undefined
  /** Sets that were complete once, are not now, and were expired by nobody. */
  missing(complete: ReadonlyMap<string, unknown>): readonly string[]
  /** Whether somebody's mark keeps it from counting for a moment. */
  isHidden(set: string): boolean
}

/** Looks at the store after each change. */
export async function openWatch(scene: Scene, code: Code, world: World): Promise<Watch> {
  const isLegacyRoot = scene.completeWhen === 'folder'
  for (const [key, text] of await oldSet(code)) world.kept.set(key, { text, modifiedMs: world.clockMs + OLD_SECOND * 1000 })
  const good = new Set<string>()
  const expired = new Set<string>()
  let broken: string | undefined
  const look = () => {
    for (const [name, fault] of completeIn(world, { isLegacyRoot })) {
      good.add(name)
      if (fault !== undefined) broken ??= `"${name}" counts as complete, but ${fault}`
    }
  }
  look()
  world.onChange = look
  const actors = new Map(scene.actors.map(({ name, host }) => [name, { name, host, state: 'new' as const }]))
  const setting: Setting = {
    code,
    world,
    completeWhen: scene.completeWhen,
    copies: scene.copies,
    actors: actors as ReadonlyMap<string, Actor>,
    onExpire: (set) => {
      if (!expired.has(set) && !completeIn(world, { isLegacyRoot }).has(set) && !world.kept.has(`${set}/.holdfast/expiring`) && !hidden(world, set))
        broken ??= `a rotation removes "${set}", which is not complete`
      expired.add(set)
    },
  }
  return {
    setting,
    expired,
    broken: () => broken,
    missing: (complete) => [...good].filter((name) => !complete.has(name) && !expired.has(name)),
    isHidden: (set) => hidden(world, set),
  }
}

function hidden(world: World, set: string): boolean {
  return [...world.kept.keys()].some((key) => key.startsWith(`${set}/.holdfast/`))
}

const oldSets = new WeakMap<Code, Promise<ReadonlyMap<string, string>>>()

/** The set that lies in the store from the beginning. */
async function oldSet(code: Code): Promise<ReadonlyMap<string, string>> {
  const make = async () => {
    const kept = new Map<string, Buffer>()
    await makeSource(code, OLD_SECOND, memoryStorage(kept))
    return new Map([...kept].map(([key, bytes]) => [key, bytes.toString()]))
  }
  const known = oldSets.get(code) ?? make()
  oldSets.set(code, known)
  return known
}

/** What those who say that they have published a set have said. */
export function claims(scene: Scene, { world, watch, actors }: { world: World; watch: Watch; actors: readonly Actor[] }): string | undefined {
  const complete = completeIn(world, { isLegacyRoot: scene.completeWhen === 'folder' })
  const published = actors.filter(({ state, error }) => state === 'ended' && error === undefined).map(({ published: set }) => set ?? '')
  const copies = scene.actors.filter(({ does }) => does === 'copy').map(({ second }) => nameAt(second))
  const twice = published.find((set, index) => published.indexOf(set) !== index && !copies.includes(set))
  if (twice !== undefined) return `two have published "${twice}"`
  const lost = published.find((set) => !complete.has(set) && !watch.expired.has(set))
  if (lost !== undefined && !watch.isHidden(lost))
    return `"${lost}" was said to be published, and is not complete: ${[...world.kept.keys()].filter((key) => key.startsWith(lost)).join(', ')}`
  return undefined
}
