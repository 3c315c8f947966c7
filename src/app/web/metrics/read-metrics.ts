import { VERSION } from '../../../lib/assets.ts'
import { isAhead } from '../../../lib/durations.ts'
import { AppError } from '../../../lib/errors.ts'
import type { LocalData } from '../local-data.ts'
import { TASK_STATES } from '../overview/task-state.ts'
import type { PlanCache } from '../plan-cache.ts'
import type { Sets } from '../sets/set-list.ts'
import { readStorages } from '../storages-view.ts'

/** One family of metrics. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly unit?: 'seconds' | 'bytes'
  readonly kind: 'gauge' | 'info'
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

export interface MetricsDeps {
  readonly data: LocalData
  readonly plans: PlanCache
  readonly sets: Sets
}

/** The states of tasks and storages, for a monitoring system. An invalid configuration is reported as a metric, too. */
export async function readMetrics(deps: MetricsDeps, now: Date): Promise<readonly Family[]> {
  const about: Family = { name: 'holdfast_build', help: 'Version of Holdfast.', kind: 'info', samples: [{ labels: { version: VERSION }, value: 1 }] }
  const usable = (value: number): Family => ({
    name: 'holdfast_config_usable',
    help: 'Whether the configuration is valid.',
    kind: 'gauge',
    samples: [{ labels: {}, value }],
  })
  try {
    return [about, usable(1), ...(await taskFamilies(deps)), ...(await storageFamilies(deps)), await newestSets(deps, now), at(now)]
  } catch (error) {
    if (error instanceof AppError) return [about, usable(0), at(now)]
    throw error
  }
}

function at(now: Date): Family {
  return {
    name: 'holdfast_collected_timestamp_seconds',
    help: 'Time at which these metrics were collected.',
    unit: 'seconds',
    kind: 'gauge',
    samples: [{ labels: {}, value: now.getTime() / 1000 }],
  }
}

async function taskFamilies({ data }: MetricsDeps): Promise<readonly Family[]> {
  const { tasks, at: now } = await data.overview()
  const gauge = (name: string, help: string, value: (view: (typeof tasks)[number]) => number | undefined): Family => ({
    ...{ name, help, kind: 'gauge' },
    ...(name.endsWith('_seconds') && { unit: 'seconds' }),
    ...(name.endsWith('_bytes') && { unit: 'bytes' }),
    samples: tasks.flatMap((view) => {
      const found = value(view)
      return found === undefined ? [] : [{ labels: { task: view.task.name }, value: found }]
    }),
  })
  const age = (moment: Date | undefined) => moment && Math.max(0, (now.getTime() - moment.getTime()) / 1000)
  return [
    gauge('holdfast_last_good_age_seconds', 'Age of the last complete set, or of the last good run of a task without sets.', ({ claims }) =>
      age(claims.published?.at),
    ),
    gauge('holdfast_last_verified_age_seconds', 'Time since a set of the task was read back and found good.', ({ claims }) =>
      age(claims.verified?.at),
    ),
    gauge('holdfast_last_restored_age_seconds', 'Time since a set of the task was restored.', ({ claims }) => age(claims.restored?.at)),
    {
      ...{ name: 'holdfast_task_state', help: 'State of the task: 1 for its current state, 0 for the others.', kind: 'gauge' },
      samples: tasks.flatMap(({ task, state }) => TASK_STATES.map((it) => ({ labels: { task: task.name, state: it }, value: Number(it === state) }))),
    },
    gauge('holdfast_last_run_failed', 'Whether the last run that has ended failed.', ({ lastRun }) =>
      lastRun === null ? undefined : Number(lastRun.state !== 'ok' && lastRun.state !== 'warnings'),
    ),
    gauge('holdfast_failures_since_good', 'Runs that failed since the last good one.', ({ failuresSince }) => failuresSince),
    gauge('holdfast_run_active', 'Whether a run is in progress.', ({ running }) => Number(running !== null)),
    gauge('holdfast_last_run_duration_seconds', 'Duration of the last run.', ({ lastRun }) =>
      lastRun?.ended === undefined ? undefined : (lastRun.ended.getTime() - lastRun.began.getTime()) / 1000,
    ),
    gauge('holdfast_last_set_bytes', 'Size of the newest set.', ({ bytes }) => bytes ?? undefined),
    gauge(
      'holdfast_next_run_timestamp_seconds',
      'Time of the next scheduled run.',
      ({ schedule }) => schedule?.next[0] && schedule.next[0].getTime() / 1000,
    ),
  ]
}

/**
 * Without a sample for a storage that cannot be read, and for one without a set of the task that is not dated in the future. Sets of other hosts count
 * only where this one has none: it may copy them.
 */
async function newestSets({ sets }: MetricsDeps, now: Date): Promise<Family> {
  const newest = new Map<string, Family['samples'][number]>()
  const { sets: all } = await sets.list()
  // Newest first.
  for (const { task, at: made, places } of [...all.filter((it) => !it.isOfOther), ...all.filter((it) => it.isOfOther)])
    for (const { storage, state } of places) {
      const key = JSON.stringify([task, storage])
      if (state !== 'complete' || newest.has(key) || isAhead(made, now)) continue
      newest.set(key, { labels: { task, storage }, value: Math.max(0, (now.getTime() - made.getTime()) / 1000) })
    }
  return {
    ...{
      name: 'holdfast_newest_set_age_seconds',
      help: 'Age of the newest complete set of the task on the storage.',
      unit: 'seconds',
      kind: 'gauge',
    },
    samples: [...newest.values()],
  }
}

async function storageFamilies(deps: MetricsDeps): Promise<readonly Family[]> {
  const storages = await readStorages(deps)
  const gauge = (name: string, help: string, value: (it: (typeof storages)[number]) => number | null): Family => ({
    ...{ name, help, kind: 'gauge' },
    ...(name.endsWith('_seconds') && { unit: 'seconds' }),
    ...(name.endsWith('_bytes') && { unit: 'bytes' }),
    samples: storages.flatMap((it) => {
      const found = value(it)
      return found === null ? [] : [{ labels: { storage: it.name, kind: it.kind }, value: found }]
    }),
  })
  return [
    gauge('holdfast_storage_readable', 'Whether the storage could be read.', ({ state }) =>
      state === 'unknown' ? null : Number(state !== 'failed'),
    ),
    gauge('holdfast_storage_free_bytes', 'Free space of the storage.', ({ freeBytes }) => freeBytes),
    gauge('holdfast_storage_size_bytes', 'Size of the storage.', ({ totalBytes }) => totalBytes),
    gauge('holdfast_storage_growth_bytes_per_day', 'Growth of the sets on the storage.', ({ forecast }) => forecast?.bytesPerDay ?? null),
    gauge('holdfast_storage_full_in_seconds', 'Time until the storage is full if the growth of the last weeks continues.', ({ forecast }) =>
      forecast === null || forecast.fullInDays === null ? null : forecast.fullInDays * 86_400,
    ),
    gauge('holdfast_storage_sets', 'Sets on the storage.', ({ sets }) => sets),
    gauge('holdfast_storage_sets_bytes', 'Size of all sets on the storage.', ({ setBytes }) => setBytes),
  ]
}
