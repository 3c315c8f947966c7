import { resolve } from 'node:path'
import { type Exit, exitOf, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { type RestoreObserver, type RestoreOrder, restoreSets } from '../../app/sets/restore-sets.ts'
import { UsageError } from '../../app/usage-error.ts'
import { printable } from '../../lib/format.ts'
import { LEVEL } from '../../run/describe/describe-event.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import { intoOption, keyFiles, storageOption } from '../args/read-options.ts'
import type { CliHost } from '../cli-host.ts'
import { printRestore } from '../render/print-restore.ts'
import { openReadView } from '../terminal/read-view.ts'

/** `restore TASK [SET|latest|MOMENT] [OBJECT ...] --to FOLDER`. Exits with 1 if there is a problem, with 4 if members of an archive could not be created. */
export async function restoreCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const wanted = orderOf(invocation, host)
  const order = { ...wanted, plan: await loadPlan(invocation.global, host.env) }
  const json = hasFlag(invocation, 'json')
  const verbosity = effectiveVerbosity(invocation.global)
  const view = openReadView(host, { verbosity, json })
  const observer: RestoreObserver = {
    onBegin: (set, storage) => view.begin(`restore ${set} from ${storage}`),
    onProgress: view.onProgress,
    onStderr: (text) => verbosity >= LEVEL.DEBUG && view.print(text),
    ...(!json && { onNote: (text: string) => verbosity >= LEVEL.INFO && view.print(`note: ${printable(text)}\n`) }),
    onResult(result, place) {
      view.end()
      printRestore(result, { ...place, request: order, json, verbosity, host })
    },
  }
  try {
    const outcome = await restoreSets(order, observer, host)
    return outcome === 'partial' && host.signals.stoppedBy() === undefined ? exitWith('partial') : exitOf(outcome === 'restored', host.signals)
  } finally {
    view.close()
  }
}

function orderOf(invocation: Invocation, host: CliHost): Omit<RestoreOrder, 'plan'> {
  const [task, set = 'latest', ...objects] = invocation.args
  const { to } = invocation.options
  const path = (invocation.options['path'] ?? []) as readonly string[]
  const into = intoOption(invocation, host)
  if (hasFlag(invocation, 'glob') && path.length === 0)
    throw new UsageError('--glob requires --path', { hint: 'With it, the paths of --path are shell patterns.' })
  if (path.includes('')) throw new UsageError('the path of --path is empty', { hint: 'Without --path, everything is restored.' })
  if (into === undefined && (typeof to !== 'string' || to === ''))
    throw new UsageError('missing option --to FOLDER', { hint: 'Specify the target folder.' })
  return {
    ...{ task, set, objects, storage: storageOption(invocation), keyFiles: keyFiles(invocation), ...rootChoices(invocation) },
    ...(into && { into }),
    destination: into ? into.server.label : resolve(String(to)),
    members: path,
    areGlobs: hasFlag(invocation, 'glob'),
    overwrite: hasFlag(invocation, 'overwrite'),
    raw: hasFlag(invocation, 'raw'),
    numericOwner: hasFlag(invocation, 'numericOwner'),
    dryRun: hasFlag(invocation, 'dryRun'),
  }
}
