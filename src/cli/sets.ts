import { parseSetName } from '../backup/set-name.ts'
import type { SetStore, SetSummary } from '../backup/set-store.ts'
import { formatBytes, formatDuration } from '../lib/format.ts'
import { type OwnedTarget, setsOf } from '../plan/sets-of.ts'
import type { Call } from '../storage/storage.ts'
import { chooseTask } from './choose-task.ts'
import { eachSetStore } from './each-set-store.ts'
import { type Exit, exitWith } from './exit.ts'
import { loadPlan } from './load-plan.ts'
import { onStorage } from './on-storage.ts'
import { hasFlag, type Invocation, rootChoices } from './options.ts'
import { renderTable } from './table.ts'
import type { World } from './world.ts'

interface Listed extends SetSummary {
  /** Absent where the manifest cannot be read, or there is none. */
  readonly objects?: number
  readonly ageMs: number
}

/** `sets [TASK]`: a task's backup steps, those of tasks inside it too. */
export async function showSets(invocation: Invocation, world: World): Promise<Exit> {
  const plan = await loadPlan(invocation.global)
  const [name] = invocation.args
  const call = { signal: world.signals.stop }
  const places = onStorage(setsOf(plan, name ? chooseTask(plan, name) : undefined), invocation)
  const isRead = await eachSetStore(places, { ...world, ...rootChoices(invocation) }, async (sets, owned) => {
    const listed = await listSets(sets, { now: world.clock(), call })
    world.stdout.write(hasFlag(invocation, 'json') ? renderJson(owned, sets.label, listed) : renderList(owned, sets.label, listed))
  })
  return exitWith(isRead ? 'ok' : 'failed')
}

async function listSets(sets: SetStore, { now, call }: { readonly now: Date; readonly call: Call }): Promise<readonly Listed[]> {
  const listed: Listed[] = []
  for (const set of await sets.list(call)) {
    const objects = set.state === 'complete' ? await countObjects(sets, set.name, call) : undefined
    const ageMs = now.getTime() - (parseSetName(set.name)?.getTime() ?? now.getTime())
    listed.push({ ...set, ageMs, ...(objects !== undefined && { objects }) })
  }
  return listed
}

// A set of a later version, or with a damaged manifest, is listed all the same: "verify" tells what is wrong with it.
async function countObjects(sets: SetStore, name: string, call: Call): Promise<number | undefined> {
  return sets.readManifest(name, call).then(
    ({ objects }) => objects.length,
    () => undefined,
  )
}

function renderList({ task, step, target }: OwnedTarget, storage: string, listed: readonly Listed[]): string {
  const whose = step.name === task ? `task "${task}"` : `task "${task}", step "${step.name}"`
  const title = `${whose} on ${storage}${target.name === undefined ? '' : ` (${target.name})`}`
  if (listed.length === 0) return `${title}: no sets\n`
  const rows = listed.map(({ name, state, bytes, objects, ageMs }) => [
    name,
    state,
    formatBytes(bytes),
    objects === undefined ? '-' : String(objects),
    formatDuration(ageMs),
  ])
  return `${title}\n${renderTable([['set', 'state', 'size', 'objects', 'age'], ...rows], { right: [2, 3, 4] })}`
}

function renderJson({ task, step, target }: OwnedTarget, storage: string, listed: readonly Listed[]): string {
  const named = target.name === undefined ? {} : { name: target.name }
  const sets = listed.map(({ bytes, ...it }) => ({ ...it, bytes: String(bytes) }))
  return `${JSON.stringify({ task, step: step.name, storage, ...named, sets })}\n`
}
