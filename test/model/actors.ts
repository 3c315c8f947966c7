import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { copySet } from '../../src/backup/copy/copy-set.ts'
import type { rotate } from '../../src/backup/keep/rotate.ts'
import type { MarkerDeps, MarkerOwner } from '../../src/backup/object-store/marker-files.ts'
import type { objectStoreSets } from '../../src/backup/object-store/object-store-sets.ts'
import { formatSetName } from '../../src/backup/set/set-name.ts'
import type { SetStore } from '../../src/backup/set/set-store.ts'
import { memoryStorage } from '../../src/storage/conform/memory.ts'
import type { OperationContext } from '../../src/storage/storage.ts'
import { asStream } from '../support/sets.ts'
import { storageFor, type World } from './world.ts'

/** The code under trial: the real one, or a copy of it with a fault planted. */
export interface Code {
  readonly objectStoreSets: typeof objectStoreSets
  readonly rotate: typeof rotate
  readonly copySet: typeof copySet
}

/** A run of the program that works on the store. */
export interface Actor {
  readonly name: string
  readonly host: string
  state: 'new' | 'running' | 'asleep' | 'killed' | 'ended'
  /** The set that it says it has published. */
  published?: string
  error?: unknown
  /** How far its own clock is behind, as it stood still. */
  behindMs?: number
}

export interface ActorSpec {
  readonly name: string
  readonly host: string
  /** `back-up`: makes a set and rotates. `copy`: brings the set of that second from elsewhere, and rotates. */
  readonly does: 'back-up' | 'copy'
  /** When its set began; what a copy copies. */
  readonly second: number
}

export interface Setting {
  readonly code: Code
  readonly world: World
  readonly completeWhen: 'folder' | 'manifest'
  readonly copies: bigint
  /** The actors, by name. */
  readonly actors: ReadonlyMap<string, Actor>
  /** Told of each set that a rotation decided to remove. */
  readonly onExpire: (set: string) => void
}

export const BEGAN = Date.UTC(2026, 0, 1)
export const nameAt = (second: number) => formatSetName(new Date(BEGAN + second * 1000), 'basic')

/** What a process of the same host sees at once, and one of another host never. */
function depsOf({ world, actors }: Setting, me: ActorSpec): MarkerDeps {
  let count = 0
  const owner = (runId: string, task: string): MarkerOwner => ({ runId, task, host: me.host, boot: me.host, pid: 1, start: 1, ...{ actor: me.name } })
  const seen = (it: MarkerOwner) => (it.host === me.host ? actors.get((it as { actor?: string }).actor ?? '') : undefined)
  return {
    ownerOf: ({ runId, task }) => owner(runId, task),
    isDead: (it) => ['killed', 'ended'].includes(seen(it)?.state ?? ''),
    isAlive: (it) => ['running', 'asleep'].includes(seen(it)?.state ?? ''),
    time: {
      nowMs: () => world.clockMs - (actors.get(me.name)?.behindMs ?? 0),
      epoch: () => me.host,
      unique: () => `${me.name}-${++count}`,
      every(_periodMs, work) {
        const timer = { actor: me.name, work }
        world.timers.add(timer)
        return () => world.timers.delete(timer)
      },
      pause: (ms, signal) =>
        new Promise<void>((resolve, fail) => {
          if (signal.aborted) fail(signal.reason)
          else world.waiting.push({ actor: me.name, verb: 'pause', key: '', text: '', pauseMs: ms, answer: () => resolve(), fail })
        }),
    },
  }
}

/** Begins what the actor does. Nothing of it happens before the world answers its first request. */
export function start(spec: ActorSpec, setting: Setting): Actor {
  const actor = setting.actors.get(spec.name) as Actor
  actor.state = 'running'
  const { code, world, completeWhen } = setting
  const sets = code.objectStoreSets(storageFor(world, spec.name), { completeWhen }, depsOf(setting, spec))
  const call: OperationContext = { signal: new AbortController().signal }
  const work = spec.does === 'back-up' ? backUp(sets, { spec, setting, call, actor }) : copy(sets, { spec, setting, call, actor })
  work.then(
    () => {
      actor.state = 'ended'
    },
    (error: unknown) => {
      actor.state = 'ended'
      actor.error = error
    },
  )
  return actor
}

interface Working {
  readonly spec: ActorSpec
  readonly setting: Setting
  readonly call: OperationContext
  readonly actor: Actor
}

async function backUp(sets: SetStore, { spec, setting, call, actor }: Working): Promise<void> {
  const began = new Date(BEGAN + spec.second * 1000)
  const run = { runId: spec.name, task: 't', began }
  const draft = await sets.begin(run, call)
  try {
    // Of the same size whoever makes it, so that only the bytes tell whose it is.
    const content = Buffer.from(`object of ${spec.name}`)
    await asStream(draft).putObject('db.sql', Readable.from([content], { objectMode: false }), {}, call)
    const object = { path: 'db.sql', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), stages: [], filters: [] }
    const facts = { host: spec.host, runId: spec.name, task: 't', step: 't', began, ended: began, objects: [object] }
    actor.published = await sets.exclusively(call, () => draft.commit(began, facts, call))
  } catch (error) {
    await draft.abort()
    throw error
  }
  await turn(sets, actor.published, { setting, call })
}

async function copy(sets: SetStore, { spec, setting, call, actor }: Working): Promise<void> {
  const from = await sourceOf(setting.code, spec.second)
  const request = { step: 's', from, to: sets, newest: 1, keep: {}, takesLegacy: false }
  const deps = { run: { runId: spec.name, task: 't' }, clock: () => new Date(BEGAN), emit: () => undefined, call }
  await setting.code.copySet(nameAt(spec.second), request, deps)
  actor.published = nameAt(spec.second)
}

async function turn(sets: SetStore, current: string, { setting, call }: Pick<Working, 'setting' | 'call'>): Promise<void> {
  const rotating: SetStore = {
    ...sets,
    async expire(name, expireCall) {
      setting.onExpire(name)
      await sets.expire(name, expireCall)
    },
  }
  await setting.code.rotate(rotating, { step: 's', policy: { copies: setting.copies }, current, emit: () => undefined }, call)
}

const sources = new Map<string, Promise<SetStore>>()

/** A set elsewhere, always the same bytes. */
async function sourceOf(code: Code, second: number): Promise<SetStore> {
  const known = sources.get(String(second))
  if (known) return known
  const made = makeSource(code, second)
  sources.set(String(second), made)
  return made
}

export async function makeSource(code: Code, second: number, storage = memoryStorage()): Promise<SetStore> {
  const sets = code.objectStoreSets(storage, { completeWhen: 'manifest' })
  const call: OperationContext = { signal: new AbortController().signal }
  const began = new Date(BEGAN + second * 1000)
  const draft = await sets.begin({ runId: `s${second}`, task: 't', began }, call)
  const content = Buffer.from(`object of s${second}`)
  await asStream(draft).putObject('db.sql', Readable.from([content], { objectMode: false }), {}, call)
  const object = { path: 'db.sql', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), stages: [], filters: [] }
  await draft.commit(began, { host: 'h', runId: `s${second}`, task: 't', step: 't', began, ended: began, objects: [object] }, call)
  return sets
}
