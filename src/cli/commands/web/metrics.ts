import { type Exit, exitWith } from '../../../app/host/exit-codes.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { collectMetrics, writeMetrics } from '../../../app/web/collect-metrics.ts'
import type { Family } from '../../../app/web/metrics/read-metrics.ts'
import { renderTextfile } from '../../../app/web/metrics/render-metrics.ts'
import { hasFlag, type Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'

/** `metrics`: prints once the text that `/metrics` of the server returns. */
export async function metricsCommand(invocation: Invocation, cliHost: CliHost): Promise<Exit> {
  const families = await collectMetrics({ ...cliHost, choice: invocation.global })
  const { discovery, to } = invocation.options
  const text =
    discovery === undefined ? (hasFlag(invocation, 'json') ? json(families) : renderTextfile(families)) : discover(families, String(discovery))
  if (typeof to === 'string') writeMetrics(to, text)
  else cliHost.stdout.write(text)
  return exitWith('ok')
}

/** For dependent items of Zabbix: `{"tasks": {"nightly": {"last_good_age_seconds": 12}}, "storages": {…}}`. */
function json(families: readonly Family[]): string {
  const found: Record<'tasks' | 'storages', Record<string, Record<string, number | string>>> = { tasks: {}, storages: {} }
  for (const { name, samples } of families)
    for (const { labels, value } of samples) {
      const { task, storage, state } = labels
      const key = name.replace(/^holdfast_(?:task_|storage_)?/u, '')
      const [kind, of] = task === undefined ? (['storages', storage] as const) : (['tasks', task] as const)
      if (of === undefined || (state !== undefined && value !== 1)) continue
      found[kind][of] = { ...found[kind][of], [key]: state ?? value }
    }
  return `${JSON.stringify(found)}\n`
}

function discover(families: readonly Family[], what: string): string {
  const label = { tasks: 'task', storages: 'storage' }[what]
  if (label === undefined) throw new UsageError(`invalid discovery "${what}"`, { hint: 'Valid values: tasks, storages.' })
  const names = new Set(families.flatMap(({ samples }) => samples.flatMap(({ labels }) => labels[label] ?? [])))
  return `${JSON.stringify([...names].map((name) => ({ [`{#${label.toUpperCase()}}`]: name })))}\n`
}
