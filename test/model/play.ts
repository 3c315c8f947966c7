import { type Actor, type ActorSpec, BEGAN, type Code, start } from './actors.ts'
import { type At, isAble, type Option, optionsFor, quiet } from './options.ts'
import { completeIn, damagedIn, leavingsIn } from './oracle.ts'
import { claims, openWatch, type Scene, type Watch } from './watch.ts'
import { land, openWorld, storageFor, toldTo, type World } from './world.ts'

export type Choose = (options: readonly Option[], state: () => string) => number | undefined

export interface Played {
  readonly trace: readonly string[]
  /** What was broken, in words; undefined when all held. */
  readonly broken?: string | undefined
  readonly isCut: boolean
}

const WEEK_MS = 8 * 24 * 3600_000
const MOST_STEPS = 2000
/** Where the store tells no times, a thing has to be seen twice; and one may hide the next: a claim, a lease, what came late. */
const LAST = ['last-1', 'last-2', 'last-3', 'last-4', 'last-5', 'last-6']

/** One schedule, from a store with one good set to the run that clears up after all. `choose` gives undefined to stop there. */
export async function play(scene: Scene, code: Code, choose: Choose): Promise<Played> {
  const world = openWorld(BEGAN, { tellsTimes: scene.tellsTimes, isLegacyRoot: scene.completeWhen === 'folder' })
  const trace: string[] = []
  const watch = await openWatch(scene, code, world)
  const { setting } = watch
  const actors = scene.actors.map((spec) => start(spec, setting))
  await untilWaiting(world, actors)
  const turnTo = (it: Actor) => {
    at.current = it
  }
  const at: At = { actors, current: actors[0], isNative: scene.completeWhen === 'manifest', turnTo }
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (at.current === undefined || !isAble(at.current, world)) at.current = actors.find((it) => isAble(it, world))
    const options = optionsFor(world, at)
    if (options.length === 0 || watch.broken() !== undefined) break
    const index = choose(options, () => stateOf(world, actors))
    const option = options[index ?? -1]
    if (option === undefined) return { trace, isCut: true }
    if (index !== 0) trace.push(`${step}: ${option.what}`)
    await option.act()
    await untilWaiting(world, actors)
  }
  const isEndless = optionsFor(world, at).length > 0 && watch.broken() === undefined
  const broken = isEndless ? 'it never comes to an end' : (watch.broken() ?? (await ending(scene, { world, watch, actors })))
  return { trace, isCut: false, broken }
}

/** Everything arrives; then run after run comes, a week between them. Then nothing is left but good sets. */
async function ending(
  scene: Scene,
  { world, watch, actors }: { readonly world: World; readonly watch: Watch; readonly actors: readonly Actor[] },
): Promise<string | undefined> {
  land(world, () => true)
  const broken = watch.broken() ?? claims(scene, { world, watch, actors }) ?? (await listedOtherwise(scene, { world, watch }))
  if (broken !== undefined) return broken
  for (const [index, name] of LAST.entries()) {
    world.clockMs += WEEK_MS
    const spec: ActorSpec = { name, host: 'last', does: 'back-up', second: Math.floor((world.clockMs - BEGAN) / 1000) + index }
    const actor: Actor = { name, host: 'last', state: 'new' }
    ;(watch.setting.actors as Map<string, Actor>).set(name, actor)
    world.isDirect = true
    start(spec, watch.setting)
    for (let turns = 0; turns < MOST_STEPS && actor.state === 'running'; turns += 1) await quiet()
    if (actor.error !== undefined) return `a later run fails: ${String(actor.error)}`
    if (actor.state !== 'ended') return 'a later run does not come to an end'
  }
  const complete = completeIn(world, { isLegacyRoot: scene.completeWhen === 'folder' })
  const gone = watch.missing(complete)
  if (gone.length > 0) return `good sets have gone that no rotation has removed: ${gone.join(', ')}`
  const left = leavingsIn(world, complete)
  return watch.broken() ?? (left.length > 0 ? `remains of dead runs: ${left.join(', ')}` : undefined)
}

/** Whether the code lists other sets as complete or damaged than the table does. */
async function listedOtherwise(scene: Scene, { world, watch }: { readonly world: World; readonly watch: Watch }): Promise<string | undefined> {
  const { completeWhen } = scene
  world.isDirect = true
  const sets = watch.setting.code.objectStoreSets(storageFor(world, 'reader'), { completeWhen })
  const listed = (await sets.list({ signal: new AbortController().signal })).filter(({ state }) => state !== 'unfinished')
  world.isDirect = false
  const found = listed.map(({ name, state }) => `${name} is ${state === 'damaged' ? 'damaged' : 'complete'}`).toSorted()
  const complete = [...completeIn(world, { isLegacyRoot: completeWhen === 'folder' }).keys()].map((name) => `${name} is complete`)
  const expected = [...complete, ...damagedIn(world).map((name) => `${name} is damaged`)].toSorted()
  return found.join() === expected.join() ? undefined : `the sets are listed as "${found.join(', ')}", not as "${expected.join(', ')}"`
}

/** Every actor that goes on waits for an answer, or has come to its end. */
async function untilWaiting(world: World, actors: readonly Actor[]): Promise<void> {
  do await quiet()
  while (actors.some((actor) => actor.state === 'running' && !isAble(actor, world)))
}

/** What decides all that may come: the store, what flies, and what each actor has been told. */
function stateOf(world: World, actors: readonly Actor[]): string {
  const kept = [...world.kept].map(([key, { text, modifiedMs }]) => `${key}=${text}@${modifiedMs}`).toSorted()
  const flying = world.flying.map(({ actor, verb, key, text }) => `${actor} ${verb} ${key} ${text}`).toSorted()
  const waiting = world.waiting.map(({ actor, verb, key, text }) => `${actor} ${verb} ${key} ${text}`)
  return JSON.stringify([
    kept,
    flying,
    waiting,
    actors.map(({ name, state, behindMs }) => [name, state, behindMs ?? 0, toldTo(world, name)]),
    world.clockMs,
  ])
}
