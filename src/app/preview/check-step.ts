import { lackNote, runProbes, unreadableParts } from '../../backup/make/object-facts.ts'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { ObjectSpec, Plan, Step } from '../../plan/plan.ts'
import { factsOf } from '../../plan/steps/step-facts.ts'
import type { PipelineCall, Processes } from '../../process/processes.ts'
import { asAppError } from '../../run/run-error.ts'
import { stateFolder } from '../host/state-folder.ts'
import { type CommandDeps, checkCommands, questionCall } from './check-commands.ts'
import { type Finding, failing, ofFailure, unanswered, warning } from './finding.ts'
import { commandsOf } from './host-checks.ts'
import { previewSources, type SourcePreview } from './preview-sources.ts'

export interface StepCheck {
  readonly findings: readonly Finding[]
  /** Of a backup step: its objects, adapted to the state of their sources. */
  readonly sources: readonly SourcePreview[]
}

export interface StepCheckDeps extends CommandDeps {
  readonly plan: Plan
}

/** Why a step would fail on this host now, or what its set would lack: programs, users, secrets, keys, databases and paths. Nothing is changed. */
export async function checkStep(step: Step, { plan, host, processes }: StepCheckDeps): Promise<StepCheck> {
  const signal = host.signals.stop
  const sources = step.kind === 'backup' ? await previewSources(step, { plan, stateFolder: stateFolder(host.env, host.uid), signal }) : []
  const { findings: ofCommands, isClear } = await checkCommands(commandsOf(step), partsOf(step), { host, processes })
  const asked = step.kind === 'backup' ? step.objects.filter(({ probes = [] }) => probes.every(({ command }) => isClear(command))) : []
  const probes = await Promise.all(asked.map((object) => checkProbes(object, processes, questionCall(host))))
  return { findings: unique([...ofCommands, ...sources.flatMap(ofSource), ...probes.flat()]), sources }
}

/** The parts of a step in which secrets can be. */
function partsOf(step: Step): readonly unknown[] {
  const { commands, storages, files } = factsOf(step)
  return [commands, storages, files]
}

/** A server that does not answer the question about its version cannot be dumped. */
async function checkProbes(object: ObjectSpec, processes: Processes, call: PipelineCall): Promise<readonly Finding[]> {
  const { probes = [] } = object
  if (probes.length === 0) return []
  const about = (text: string) => `object "${printable(object.path)}": ${text}`
  try {
    const { notes, leftOut } = await runProbes(object, processes, call)
    const needs = await unreadableParts(object, processes, call)
    const named = leftOut.filter(({ what }) => needs.includes(what)).map(lackNote)
    return [
      ...needs.map((what) => failing(about(`the user of the dump has no privilege to read ${what}`))),
      ...notes.filter((note) => !named.includes(note)).map((note) => warning(about(note))),
    ]
  } catch (error) {
    return [ofFailure(`object "${printable(object.path)}"`, failing(about(messageOf(asAppError(error)))), call.signal)]
  }
}

function ofSource({ notes, problems, isUnanswered, object }: SourcePreview): readonly Finding[] {
  if (isUnanswered === true) return [unanswered(`object "${printable(object.path)}"`)]
  return [...problems.map(failing), ...notes.map(warning)]
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()]
}
