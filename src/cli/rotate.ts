import { type BackupEvent, callOf } from '../backup/events.ts'
import { rotate } from '../backup/rotate.ts'
import { decideRotation } from '../backup/rotation.ts'
import { parseSetName } from '../backup/set-name.ts'
import type { SetStore } from '../backup/set-store.ts'
import { AppError } from '../lib/errors.ts'
import { type OwnedTarget, setsOf } from '../plan/sets-of.ts'
import type { Call } from '../storage/storage.ts'
import { chooseTask } from './choose-task.ts'
import { eachSetStore } from './each-set-store.ts'
import { type Exit, exitWith } from './exit.ts'
import { renderJsonEvent } from './json-event.ts'
import { loadPlan } from './load-plan.ts'
import { onStorage } from './on-storage.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from './options.ts'
import { LEVEL, renderEvent } from './print-event.ts'
import type { World } from './world.ts'

class ClockBehind extends AppError {
  readonly code = 'cli/clock-behind'
}

/** `rotate [TASK]`: removes what the keep policies do not want, without making a new set. Ends with 1 when a storage could not be rotated. */
export async function rotateSets(invocation: Invocation, world: World): Promise<Exit> {
  const plan = await loadPlan(invocation.global)
  const [name] = invocation.args
  const calling: Call = { signal: world.signals.stop, ...(world.reach && { reach: world.reach }) }
  world.signals.arm()
  const places = onStorage(setsOf(plan, name ? chooseTask(plan, name) : undefined), invocation)
  const isGood = await eachSetStore(places, { ...world, ...rootChoices(invocation) }, async (sets, owned) => {
    const emit = teller(owned, invocation, world)
    const call = callOf(calling, { task: owned.task, step: owned.step.name, tell: emit })
    const newest = await newestNotAhead(sets, world.clock(), call)
    const step = owned.step.name
    // Whoever says that the clock is right says too that the newest set bears the time.
    const isSure = hasFlag(invocation, 'yes')
    const policy = { ...owned.target.keep, isClockConfirmed: isSure }
    const current = isSure ? newest : undefined
    if (hasFlag(invocation, 'dryRun')) {
      emit({ kind: 'rotation-decided', step, storage: sets.label, rotation: decideRotation(await sets.list(call), policy, current) })
      return
    }
    for (const text of await rotate(sets, { step, policy, current, emit }, call)) emit({ kind: 'note', text })
  })
  const signal = world.signals.stoppedBy()
  return signal === undefined ? exitWith(isGood ? 'ok' : 'failed') : { ...exitWith('failed'), signal }
}

// Names are times: where the clock was set back, the sets made since then look like the oldest ones.
async function newestNotAhead(sets: SetStore, now: Date, call: Call): Promise<string | undefined> {
  const newest = (await sets.list(call)).findLast(({ state }) => state !== 'unfinished')?.name
  if (newest === undefined || (parseSetName(newest)?.getTime() ?? 0) <= now.getTime()) return newest
  throw new ClockBehind(`no sets were removed from "${sets.label}": the clock of this host is behind the newest set "${newest}"`, {
    hint: 'Correct the clock; or, if that set has a wrong date, remove it.',
  })
}

/** The decision is what was asked for in a dry run, so it is shown then; else with -v. */
function teller({ task }: OwnedTarget, invocation: Invocation, world: World): (event: BackupEvent) => void {
  const isDry = hasFlag(invocation, 'dryRun')
  const verbosity = isDry ? LEVEL.DEBUG : effectiveVerbosity(invocation.global)
  return (event) => {
    const told = { ...event, task }
    if (hasFlag(invocation, 'json')) world.stdout.write(renderJsonEvent(told, world.clock()))
    else for (const { level, text } of renderEvent(told)) if (level <= verbosity) (isDry ? world.stdout : world.stderr).write(text)
  }
}
