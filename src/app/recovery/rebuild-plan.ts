import { recordsOf } from '../../backup/restore/restore-set.ts'
import { type Folder, openFolder, openFolderIn, withFolder } from '../../files/folder.ts'
import { makePrivateFolder } from '../../files/private-folder.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { AppError } from '../../lib/errors.ts'
import { printable, printableLines } from '../../lib/format.ts'
import { whyUnreadable } from '../../plan/why-unreadable.ts'
import { onlySet, type PlacedSet, withPlacedSets } from '../contents/placed-sets.ts'
import type { Host } from '../host/host.ts'
import { contentOf } from '../sets/open-verification.ts'
import type { KeyFiles } from '../sets/restore-keys.ts'
import { restoreSets } from '../sets/restore-sets.ts'
import { requestedSets, type SetsRequest } from '../sets/sets-request.ts'

export interface RebuildRequest extends SetsRequest {
  /** A name, `latest`, or a time. */
  readonly set: string
  readonly keyFiles: KeyFiles
}

class NoFacts extends AppError {
  readonly code = 'cli/no-facts'
}

const [FOLDER, NAME] = ['host-facts', 'rebuild.sh']
const SCRIPT = `${FOLDER}/${NAME}`

/** The script for rebuilding the host that is part of the host facts in a set. Undefined if it could not be read; failures were reported to the host. */
export async function rebuildPlan(request: RebuildRequest, host: Host): Promise<string | undefined> {
  const { plan, keyFiles, acceptRoot, trustRoot, storage } = request
  // Sets of steps without facts are ignored.
  const owned = requestedSets(request).filter(({ step }) => step.objects.some(({ source }) => source?.kind === 'host-facts'))
  if (owned.length === 0) throw new NoFacts('no task stores host facts', { hint: 'Add an object with "host-facts: {}" to a backup step.' })
  const opening = { ...host, acceptRoot, trustRoot }
  const found = await withPlacedSets(owned, opening, async ({ sets, isWhole }) => {
    if (sets.length === 0 && !isWhole) return undefined
    const chosen = onlySet(sets, request.set)
    return { task: chosen.task, set: chosen.summary.name, object: await factsIn(chosen, host) }
  })
  if (found === undefined) return undefined
  const { folder, remove } = makePrivateFolder(host.env['TMPDIR'] || '/var/tmp', 'holdfast-rebuild-')
  try {
    const order = { plan, task: found.task, set: found.set, objects: [found.object], destination: `${folder.path}/facts`, members: [SCRIPT] }
    const how = { overwrite: false, raw: false, numericOwner: false, dryRun: false, storage, keyFiles, acceptRoot, trustRoot }
    const targets: string[] = []
    const outcome = await restoreSets(
      { ...order, ...how },
      {
        onBegin: () => undefined,
        onStderr: () => undefined,
        onNote: () => undefined,
        onResult({ objects, problems }) {
          targets.push(...objects.map(({ target }) => target))
          for (const { message } of problems) host.fail(new NoFacts(message))
        },
      },
      host,
    )
    const [target] = targets
    return outcome === 'restored' && target !== undefined ? await scriptIn(target) : undefined
  } finally {
    await remove()
  }
}

/** The script among restored facts, which any user with write access to the storage could have written: links are not followed, and it is plain text. */
async function scriptIn(target: string): Promise<string> {
  const inFacts = (facts: Folder) => withFolder(openFolderIn(facts, FOLDER), (folder) => readSmallIn(folder, NAME))
  const bytes = await withFolder(openFolder(target), inFacts).catch((error: unknown) => {
    throw new NoFacts(`could not read "${SCRIPT}" of the set: ${whyUnreadable(error)}`, { hint: 'Restore the host facts, and inspect them.' })
  })
  const script = bytes.toString('utf8')
  if (printableLines(script) === script) return script
  throw new NoFacts(`"${SCRIPT}" of the set contains characters that a terminal interprets or reorders`, {
    hint: 'Holdfast does not write such scripts: it may have been replaced. Restore the host facts, and inspect them.',
  })
}

/** The path of the object with the facts. */
async function factsIn({ summary, step, places }: PlacedSet, host: Host): Promise<string> {
  let first: unknown
  for (const { sets } of places) {
    try {
      const { records } = await recordsOf(sets, { set: summary.name, contentOf: contentOf(step) }, { signal: host.signals.stop })
      const facts = records.find(({ kind }) => kind === 'host-facts')
      if (facts !== undefined) return facts.path
      throw new NoFacts(`the set "${printable(summary.name)}" contains no host facts`, { hint: 'Specify another set: see "sets".' })
    } catch (error) {
      if (!(error instanceof AppError) || host.signals.stop.aborted) throw error
      first ??= error
    }
  }
  throw first
}
