import { type Exit, exitOf } from '../../app/host/exit.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { isSound, type Verdict, type VerifiedPlace, verifySets } from '../../app/sets/verify-sets.ts'
import type { VerifyResult } from '../../backup/verify/verify.ts'
import type { AppError } from '../../lib/errors.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import { plainError } from '../../run/event-json.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import { keyFiles, percentOption, rateOption, storageOption } from '../args/read-options.ts'
import { tellFailure } from '../render/tell-failure.ts'
import { openReadView } from '../terminal/read-view.ts'
import type { World } from '../world.ts'

/** `verify [TASK] [SET|latest|all]`. Exits with 1 if there is a problem, or a storage has no sets. */
export async function verifyCommand(invocation: Invocation, world: World): Promise<Exit> {
  const plan = await loadPlan(invocation.global, world.env)
  const [task, set = 'latest'] = invocation.args
  const reading = {
    percent: percentOption(invocation),
    rate: rateOption(invocation),
    isDeep: hasFlag(invocation, 'deep'),
    keyFiles: keyFiles(invocation),
  }
  const json = hasFlag(invocation, 'json')
  const view = openReadView(world, { verbosity: effectiveVerbosity(invocation.global), json })
  const observer = {
    onBegin: (name: string, storage: string) => view.begin(`verify ${name} on ${storage}`),
    onProgress: view.onProgress,
    onVerdict(verdict: Verdict, place: VerifiedPlace) {
      view.end()
      if (json) world.stdout.write(renderJson(verdict, place))
      else print(verdict, place, { quiet: invocation.global.quiet, world })
    },
    onEmpty(error: AppError, place: VerifiedPlace) {
      view.close()
      if (json) world.stdout.write(renderJsonEmpty(error, place))
      else tellFailure(error, world)
    },
  }
  try {
    const request = { plan, task, set, storage: storageOption(invocation), reading, ...rootChoices(invocation) }
    return exitOf(await verifySets(request, observer, world), world.signals)
  } finally {
    view.close()
  }
}

function print(verdict: Verdict, { storage }: VerifiedPlace, { quiet, world }: { readonly quiet: boolean; readonly world: World }): void {
  const { stdout, stderr } = world
  if ('error' in verdict) tellFailure(verdict.error, world)
  else if (verdict.problems.length > 0) stderr.write(renderProblems(verdict, storage))
  else if (!quiet) stdout.write(`${storage}: ${verdict.set}: ${describeGood(verdict)}\n`)
  if (!quiet && 'notes' in verdict) for (const note of verdict.notes ?? []) stderr.write(`note: ${printable(note)}\n`)
}

function renderProblems({ set, problems }: VerifyResult, storage: string): string {
  return [`error: ${storage}: ${set}: ${counted(problems.length, 'problem')}`, ...problems.map(({ message }) => `    ${message}`), ''].join('\n')
}

function describeGood({ state, objects, bytes, sampled }: VerifyResult): string {
  const all = counted(objects, state === 'legacy' ? 'file' : 'object')
  const size = `${sampled === undefined ? all : `${sampled} of ${all} read`}, ${formatBytes(bytes)}`
  return state === 'legacy' ? `readable; cannot be compared without a manifest (${size})` : `good (${size})`
}

function renderJson(verdict: Verdict, { owned: { task, step }, storage }: VerifiedPlace): string {
  const plain = 'error' in verdict ? { ...verdict, error: plainError(verdict.error) } : { ...verdict, bytes: String(verdict.bytes) }
  return `${JSON.stringify({ task, step: step.name, storage, good: isSound(verdict), ...plain })}\n`
}

function renderJsonEmpty(error: AppError, { owned: { task, step }, storage }: VerifiedPlace): string {
  return `${JSON.stringify({ task, step: step.name, storage, good: false, error: plainError(error) })}\n`
}
