import { askProbes } from '../../backup/make/object-facts.ts'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { ObjectSpec, Plan, Step } from '../../plan/plan.ts'
import { factsOf } from '../../plan/steps/step-facts.ts'
import { DEFAULT_LIMITS, type PipelineCall, type Processes } from '../../process/processes.ts'
import { lookUpAccount } from '../../process/start/account.ts'
import { asAppError } from '../../run/run-error.ts'
import type { Host } from '../host/host.ts'
import { stateFolder } from '../host/state-folder.ts'
import { type Finding, failing, warning } from './finding.ts'
import { foreseeKeys } from './foresee-keys.ts'
import { foreseeOptionFiles } from './foresee-option-files.ts'
import { foreseeSecrets } from './foresee-secrets.ts'
import { commandsOf, whyNotStartable } from './host-checks.ts'
import { previewSources, type SourcePreview } from './preview-sources.ts'

export interface Foreseen {
  readonly findings: readonly Finding[]
  /** Of a backup step: its objects, adapted to the state of their sources. */
  readonly sources: readonly SourcePreview[]
}

export interface ForeseeDeps {
  readonly plan: Plan
  readonly host: Host
  readonly processes: Processes
}

// For programs that only answer a question.
const LIMITS = { ...DEFAULT_LIMITS, runMs: 20_000 }

/** Why a step would fail on this host now, or what its set would lack: programs, users, secrets, keys, databases and paths. Nothing is changed. */
export async function foreseeStep(step: Step, { plan, host, processes }: ForeseeDeps): Promise<Foreseen> {
  const commands = commandsOf(step)
  const missing = [...new Set(commands.map(whyNotStartable))].filter((why) => why !== undefined)
  const call: PipelineCall = { signal: host.signals.stop, limits: LIMITS, onStderr: () => undefined }
  const ready = commands.filter((command) => whyNotStartable(command) === undefined)
  const signal = host.signals.stop
  const sources = step.kind === 'backup' ? await previewSources(step, { plan, stateFolder: stateFolder(host.env, host.uid), signal }) : []
  const [users, secrets] = [
    await foreseeUsers(
      ready.flatMap(({ user }) => user ?? []),
      host,
    ),
    await foreseeSecrets(partsOf(step), host),
  ]
  // What needs a missing user or secret fails for the same reason.
  const isClear = users.length === 0 && secrets.length === 0
  const keys = isClear ? await Promise.all(ready.map((command) => foreseeKeys(command, { processes, call, now: host.clock() }))) : []
  const options = isClear ? await foreseeOptionFiles(ready, { processes, call }) : []
  const probes = isClear && step.kind === 'backup' ? await Promise.all(step.objects.map((object) => foreseeProbes(object, processes, call))) : []
  const findings = [...missing.map(failing), ...users, ...secrets, ...sources.flatMap(ofSource), ...keys.flat(), ...options, ...probes.flat()]
  return { findings: unique(findings), sources }
}

/** The parts of a step in which secrets can be. */
function partsOf(step: Step): readonly unknown[] {
  const { commands, storages, files } = factsOf(step)
  return [commands, storages, files]
}

async function foreseeUsers(names: readonly string[], host: Host): Promise<readonly Finding[]> {
  const found = await Promise.all(
    [...new Set(names)].map((name) =>
      lookUpAccount(name, { signal: host.signals.stop, runMs: LIMITS.runMs }).then(
        () => undefined,
        (error: unknown) => failing(messageOf(error)),
      ),
    ),
  )
  return found.filter((it) => it !== undefined)
}

/** A server that does not answer the question about its version cannot be dumped. */
async function foreseeProbes(object: ObjectSpec, processes: Processes, call: PipelineCall): Promise<readonly Finding[]> {
  const { probes = [] } = object
  if (probes.length === 0 || probes.some(({ command }) => whyNotStartable(command) !== undefined)) return []
  try {
    const { notes } = await askProbes(object, processes, call)
    return notes.map((note) => warning(`object "${printable(object.path)}": ${note}`))
  } catch (error) {
    return [failing(`object "${printable(object.path)}": ${messageOf(asAppError(error))}`)]
  }
}

function ofSource({ notes, problems }: SourcePreview): readonly Finding[] {
  return [...problems.map(failing), ...notes.map(warning)]
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()]
}
