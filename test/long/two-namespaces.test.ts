import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { processesWith } from '../faults/processes-with.ts'
import { assertAllWhole, leftInWorkArea, manifestOf } from '../faults/sets.ts'
import { type Ended, openSetup, type Setup } from '../faults/setup.ts'
import { POINTS } from '../faults/stop-points.ts'
import { requires } from '../support/requires.ts'
import { scaledMs } from '../support/time-limits.ts'
import { IS_SLICE, loopBudget, SEED } from './loops.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'
import { randomFrom } from './random.ts'

const ROUNDS = Number(process.env['HOLDFAST_ROUNDS'] ?? 150)
const COPIES = 4
// Who neither stops nor ends in this time waits for the other.
const STANDS_MS = scaledMs(2500)

/** With an init, as a container has: the first process of a namespace cannot be stopped from within. */
const INIT = ['sh', '-c', '"$@"; exit $?', 'sh']
const APART = ['unshare', '--pid', '--fork', '--kill-child']
const WAYS: readonly { readonly name: string; readonly first: readonly string[]; second(first: Actor): readonly string[] }[] = [
  { name: 'the first in a namespace', first: [...APART, '--mount-proc', ...INIT], second: () => [] },
  { name: 'the second in a namespace', first: [], second: () => [...APART, '--mount-proc', ...INIT] },
  { name: 'each in one, with the /proc of the host', first: [...APART, ...INIT], second: () => [...APART, ...INIT] },
  { name: 'the second in one inside that of the first', first: [...APART, ...INIT], second: (first) => [...inside(first), ...APART, ...INIT] },
]
const INNER = WAYS.at(-1)
const ENDS = ['both go on', 'the first is killed', 'the second is killed', 'both are killed'] as const

describe('two runs on one root, in pid namespaces of their own', { skip: onlyWhenLong() || requires('root', 'unshare', 'nsenter') }, () => {
  it(`${IS_SLICE ? 'some' : ROUNDS} pairs of points where they stand still, seed ${SEED}`, async (t) => {
    const setup = openSetup(t)
    configure(setup)
    const random = randomFrom(SEED)
    const among = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
    const isOn = loopBudget()
    const counts = new Map<string, Count>()
    for (let round = 0; round < ROUNDS && isOn(); round += 1) {
      const schedule = { way: among(WAYS), end: among(ENDS), points: [among(POINTS), among(POINTS)] } as const
      const [key, said] = [`${schedule.way.name}|${schedule.end}`, `round ${round} of seed ${SEED}: ${nameOf(schedule)}`]
      const { stood, killed } = await play(setup, schedule, said)
      await assertNothingLeft(setup, said)
      const count = counts.get(key) ?? { played: 0, stood: 0, killed: 0 }
      counts.set(key, { played: count.played + 1, stood: count.stood + Number(stood), killed: count.killed + killed })
    }
    keepProof('two-namespaces', tableOf(counts))
  })
})

interface Schedule {
  readonly way: (typeof WAYS)[number]
  readonly end: (typeof ENDS)[number]
  readonly points: readonly [first: string, second: string]
}

function nameOf({ way, end, points }: Schedule): string {
  return `${way.name}; the first stands at "${points[0]}", then the second at "${points[1]}"; ${end}`
}

/** Neither run is harmed by the other, and no set by either. */
async function play(setup: Setup, { way, end, points }: Schedule, said: string): Promise<{ readonly stood: boolean; readonly killed: number }> {
  const first = begin(setup, 'one', points[0], way.first)
  await first.stands()
  const second = begin(setup, 'two', points[1], first.isOver() ? [] : way.second(first))
  await second.stands(STANDS_MS)
  const stood = first.stood() && second.stood()
  const ofFirst = finish(first, { isKilled: end === 'the first is killed' || end === 'both are killed' }, said)
  // Whichever has the root's turn, the other may wait for it.
  await Promise.race([ofFirst, sleep(STANDS_MS)])
  const isInner = way === INNER
  const ofSecond = finish(second, { isKilled: end === 'the second is killed' || end === 'both are killed', isInner }, said)
  const told = (await Promise.all([ofFirst, ofSecond])).filter((it) => it !== undefined)
  for (const { code, stderr } of told) assert.deepEqual([code, stderr], [0, ''], said)
  assertSetsAreOf(setup, said)
  return { stood, killed: 2 - told.length }
}

async function assertNothingLeft(setup: Setup, said: string): Promise<void> {
  for (const task of ['one', 'two']) {
    const { code, stderr } = await setup.start(['-q', 'run', task])
    assert.deepEqual([code, stderr], [0, ''], `${said}; the next run of "${task}"`)
  }
  assertSetsAreOf(setup, said)
  assert.deepEqual([leftInWorkArea(setup.root), recordsOfHost(setup), setup.living()], [[], [], []], said)
}

/** The records of killed runs of other namespaces stay until the next boot: there they might be needed. */
function recordsOfHost({ state }: Setup): readonly string[] {
  const own = readlinkSync('/proc/self/ns/pid').replaceAll(/\D/gu, '')
  return readdirSync(join(state, 'processes')).filter((name) => {
    const { pidNamespace } = JSON.parse(readFileSync(join(state, 'processes', name), 'utf8').split('\n')[0] ?? '') as {
      readonly pidNamespace?: string
    }
    return pidNamespace === own
  })
}

interface Count {
  readonly played: number
  readonly stood: number
  readonly killed: number
}

function tableOf(counts: ReadonlyMap<string, Count>): readonly string[] {
  const rows = [...counts].toSorted().map(([key, { played, stood, killed }]) => row(...key.split('|'), played, stood, killed))
  const all = [...counts.values()].reduce((sum, it) => sum + it.played, 0)
  return [
    `${all} schedules, seed ${SEED}; none harmed a set or left anything.`,
    '',
    row('Where', 'How it goes on', 'Played', 'Both stood', 'Killed'),
    row('---', '---', '--:', '--:', '--:'),
    ...rows,
  ]
}

function configure(setup: Setup): void {
  const sh = (script: string) => [{ type: 'exec-inline', argv: ['/bin/sh', '-c', script, setup.word] }]
  const task = (id: string) => ({
    id,
    type: 'backup',
    backend: 'localfs',
    'backend-param': { root: setup.root, 'nb-copy-limit': COPIES },
    objects: [
      { path: `${id}/a`, pipeline: sh(`echo ${id}; sleep 0.05`) },
      { path: `${id}/b`, pipeline: sh('head -c 100000 /dev/zero') },
    ],
  })
  setup.configure({ 'nb-workers': 2, tasks: [task('one'), task('two')] })
}

/** No object of one is in a set of the other, and each has both of its own. */
function assertSetsAreOf(setup: Setup, said: string): void {
  for (const set of assertAllWhole(setup.root)) {
    const paths = manifestOf(setup.root, set).objects.map(({ path }) => path)
    const [owner = ''] = paths[0]?.split('/') ?? []
    assert.deepEqual(paths.toSorted(), [`${owner}/a`, `${owner}/b`], `${said}; set ${set}`)
  }
}

/** A run that stands still where it passes a point, if it does. */
interface Actor {
  /** Waits until it stands or has ended; with a limit also until it has done neither for so many milliseconds, since it waits for somebody else. */
  stands(limitMs?: number): Promise<void>
  stood(): boolean
  isOver(): boolean
  /** Of the program itself, as the host counts; undefined when it has ended. */
  pid(): number | undefined
  readonly ended: Promise<Ended>
}

function begin(setup: Setup, task: string, point: string, under: readonly string[]): Actor {
  let [over, stood] = [false, false]
  const ended = setup.start(['-q', 'run', task], { at: [point, 'STOP'], under }).finally(() => {
    over = true
  })
  ended.catch(() => undefined)
  const isProgram = (text: string) => text.includes('holdfast-at-point') && text.endsWith(` run ${task}`) && !/: (?:unshare|nsenter|sh) /u.test(text)
  const pid = () => processesWith(setup.word).find(({ text }) => isProgram(text))?.pid
  return {
    ended,
    pid,
    isOver: () => over,
    stood: () => stood,
    async stands(limitMs = Number.POSITIVE_INFINITY) {
      const until = performance.now() + limitMs
      // Starting may take long on a machine that is busy.
      while (!over && !stood && (performance.now() < until || pid() === undefined)) {
        await sleep(20)
        const own = pid()
        stood = own !== undefined && stateOf(own) === 'T'
      }
    },
  }
}

/** Kills it where it stands, or lets it go on to its end, and says how it ended; undefined when it was killed. It may come to where it stands only later. */
async function finish(
  actor: Actor,
  { isKilled, isInner = false }: { readonly isKilled: boolean; readonly isInner?: boolean },
  said: string,
): Promise<Ended | undefined> {
  let wasKilled = false
  while (!actor.isOver()) {
    const pid = actor.pid()
    if (pid !== undefined && stateOf(pid) === 'T') {
      process.kill(pid, isKilled ? 'SIGKILL' : 'SIGCONT')
      wasKilled ||= isKilled
    }
    await sleep(20)
  }
  const told = await actor.ended
  // One inside the namespace of the other ends with it: the kernel kills it (pid_namespaces(7)).
  if (!wasKilled && told.signal === 'SIGKILL' && isInner) return undefined
  if (!wasKilled) return told
  assert.ok(told.signal === 'SIGKILL' || told.code === 137, `${said}: ${told.code} ${told.stderr}`)
  return undefined
}

function inside(actor: Actor): readonly string[] {
  const pid = actor.pid()
  return pid === undefined ? [] : ['nsenter', '--pid', '--target', String(pid)]
}

function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat[stat.lastIndexOf(')') + 2] ?? ''
  } catch {
    return ''
  }
}
