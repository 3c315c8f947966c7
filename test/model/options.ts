import { StorageError } from '../../src/storage/storage.ts'
import type { Actor } from './actors.ts'
import { answerTo, apply, type Change, FLIGHT_MS, land, type Request, type World } from './world.ts'

/** What may happen next. The first that is given is what happens when nothing is chosen: the actor at work goes on. */
export interface Option {
  readonly what: string
  readonly act: () => void | Promise<void>
}

const SLEEP_MS = 50 * 60_000

export function isAble(actor: Actor, world: World): boolean {
  return actor.state === 'running' && world.waiting.some((it) => it.actor === actor.name)
}

export interface At {
  readonly actors: readonly Actor[]
  current: Actor | undefined
  /**
   * In the root of an ancestor anything under the name of a set counts as one. What was sent twice is taken to have arrived there before the set is removed, and
   * no run to have stood still without noticing.
   */
  readonly isNative: boolean
  readonly turnTo: (actor: Actor) => void
}

const down = () => new StorageError('unreachable', 'the link is down')

function take(world: World, request: Request): void {
  world.waiting.splice(world.waiting.indexOf(request), 1)
}

/** All that may happen now. */
export function optionsFor(world: World, at: At): readonly Option[] {
  const { actors, current } = at
  const request = current && world.waiting.find((it) => it.actor === current.name)
  const wakings = actors.filter(({ state }) => state === 'asleep').map((it) => ({ what: `wake ${it.name}`, act: () => wake(world, it) }))
  const arrivals = world.flying.map((it) => ({ what: `arrives: ${it.actor} ${it.verb} ${it.key}`, act: () => land(world, (other) => other === it) }))
  if (current === undefined || request === undefined) return [...wakings, ...arrivals]
  return [...endsOf(world, request, at), ...interruptions(world, { current, request }, at), ...arrivals, ...wakings]
}

/** How a request may end; and that others go on first. */
function endsOf(world: World, request: Request, { actors, current, isNative, turnTo }: At): readonly Option[] {
  const { verb, key, actor } = request
  const doing = `${actor} ${verb} ${key}`
  const ending = (how: string, ...acts: readonly (() => void)[]): Option => ({
    what: how === '' ? doing : `${how}: ${doing}`,
    act: () => {
      take(world, request)
      for (const act of acts) act()
    },
  })
  const answer = () => answerTo(world, request)
  const fail = () => request.fail(down())
  const change = changeOf(request)
  const others = actors.filter((it) => it !== current && isAble(it, world)).map((it) => ({ what: `turn to ${it.name}`, act: () => turnTo(it) }))
  const endings = [ending('', answer), ...others, ...(verb === 'pause' ? [] : [ending('fail', fail)])]
  if (change === undefined) return endings
  const fly = () => void world.flying.push({ ...change, sentMs: world.clockMs })
  const full = () => request.fail(new StorageError('full', 'no room is left'))
  const lost = ending('answer lost', () => apply(world, change), fail)
  return [
    ...endings,
    lost,
    ending('late, and failed', fly, fail),
    ...(isNative ? [ending('twice', answer, fly)] : []),
    ...(verb === 'put' ? [ending('full', full)] : []),
  ]
}

function changeOf({ verb, key, text, actor }: Request): (Change & { readonly actor: string }) | undefined {
  return verb === 'put' || verb === 'remove' ? { verb, key, text, actor } : undefined
}

/** What may happen to an actor before its request is carried out. */
function interruptions(
  world: World,
  { current, request }: { readonly current: Actor; readonly request: Request },
  { isNative }: At,
): readonly Option[] {
  const doing = `${request.actor} ${request.verb} ${request.key}`
  const change = changeOf(request)
  const killLate = () => {
    if (change) world.flying.push({ ...change, sentMs: world.clockMs })
    kill(world, current)
  }
  return [
    { what: `kill before ${doing}`, act: () => kill(world, current) },
    ...(change ? [{ what: `kill, late: ${doing}`, act: killLate }] : []),
    { what: `sleep before ${doing}`, act: () => sleep(world, current, false) },
    ...(isNative ? [{ what: `freeze before ${doing}`, act: () => sleep(world, current, true) }] : []),
  ]
}

function kill(world: World, actor: Actor): void {
  actor.state = 'killed'
  for (const timer of world.timers) if (timer.actor === actor.name) world.timers.delete(timer)
}

/** Nothing of it goes on for longer than its lease holds, while the clock does, and all others renew theirs. `isFrozen`: its own clock stands still too. */
async function sleep(world: World, actor: Actor, isFrozen: boolean): Promise<void> {
  actor.state = 'asleep'
  world.clockMs += SLEEP_MS
  if (isFrozen) actor.behindMs = (actor.behindMs ?? 0) + SLEEP_MS
  land(world, ({ sentMs }) => sentMs + FLIGHT_MS < world.clockMs)
  for (const timer of [...world.timers]) if (timer.actor !== actor.name) await renew(world, timer)
}

/** A renewal whose requests are answered before anything else happens. */
async function renew(world: World, { actor, work }: { readonly actor: string; readonly work: () => void }): Promise<void> {
  work()
  for (;;) {
    await quiet()
    const request = world.waiting.find((it) => it.actor === actor && it.key.endsWith(`/.holdfast/lease/${actor}`))
    if (request === undefined) return
    take(world, request)
    answerTo(world, request)
  }
}

function wake(world: World, actor: Actor): void {
  actor.state = 'running'
  for (const timer of world.timers) if (timer.actor === actor.name) timer.work()
}

/** Everything that can go on without an answer has gone on. */
export async function quiet(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
