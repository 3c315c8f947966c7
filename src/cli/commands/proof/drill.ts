import { type Exit, exitOf, exitWith } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { type DrillPlace, drillSets } from '../../../app/sets/drill-sets.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { describeDrill, describeObjectDrill, describeObjectDrills, missingKeyOf } from '../../../backup/drill/describe-drill.ts'
import type { DrillResult, ObjectDrill } from '../../../backup/drill/drill-result.ts'
import { printable } from '../../../lib/format.ts'
import type { DrillLevel } from '../../../plan/steps/drill-step.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from '../../args/options.ts'
import { keyFiles, memoryOption, storageOption, workersOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'
import { openReadView } from '../../terminal/read-view.ts'

const LEVELS: readonly DrillLevel[] = ['structure', 'sample', 'full']

/** `drill [TASK] [SET|latest|random|unproven]`. Exits with 1 if a drill failed, with 3 if it was inconclusive. */
export async function drillCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [task, set = 'latest'] = invocation.args
  const level = levelOption(invocation)
  const [workers, memoryBytes] = [workersOption(invocation), memoryOption(invocation)]
  const json = hasFlag(invocation, 'json')
  const { quiet } = invocation.global
  const view = openReadView(host, { verbosity: effectiveVerbosity(invocation.global), json })
  const observer = {
    onBegin: (name: string, storage: string) => view.begin(`drill ${name} on ${storage}`),
    onProgress: view.onProgress,
    onObject(drill: ObjectDrill) {
      if (!json && (drill.end === 'failed' || (!quiet && missingKeyOf(drill) === undefined))) view.print(`    ${describeObjectDrill(drill)}\n`)
    },
    onResult(result: DrillResult, place: DrillPlace) {
      view.end()
      const locked = json || quiet ? [] : result.objects.filter((drill) => missingKeyOf(drill) !== undefined)
      for (const text of describeObjectDrills(locked)) view.print(`    ${text}\n`)
      for (const text of result.warnings ?? []) host.stderr.write(`warning: ${printable(text)}\n`)
      if (json) host.stdout.write(renderJson(result, place))
      else if (result.end !== 'proven') host.stderr.write(renderResult(result, place))
      else if (!quiet) host.stdout.write(renderResult(result, place))
    },
  }
  try {
    const { folder } = invocation.options
    const base = typeof folder === 'string' ? folder : undefined
    const found = { storage: storageOption(invocation), keyFiles: keyFiles(invocation), ...rootChoices(invocation) }
    const request = {
      plan,
      task,
      set,
      level,
      resume: hasFlag(invocation, 'resume'),
      base,
      ...(workers !== undefined && { workers }),
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...found,
    }
    const end = await drillSets(request, observer, host)
    return end === 'inconclusive' && host.signals.stoppedBy() === undefined ? exitWith('warnings') : exitOf(end === 'proven', host.signals)
  } finally {
    view.close()
  }
}

function levelOption({ options: { level } }: Invocation): DrillLevel {
  if (level === undefined) return 'full'
  const found = LEVELS.find((it) => it === level)
  if (found !== undefined) return found
  throw new UsageError(`invalid level "${String(level)}"`, { hint: `Valid levels: ${LEVELS.join(', ')}.` })
}

function renderResult(result: DrillResult, { storage }: DrillPlace): string {
  return `${result.end === 'failed' ? 'error: ' : ''}${storage}: ${describeDrill(result)}\n`
}

function renderJson(result: DrillResult, { owned: { task, step }, storage }: DrillPlace): string {
  return `${JSON.stringify({ task, step: step.name, storage, ...result })}\n`
}
