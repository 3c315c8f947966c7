import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Reach } from '../../lib/reach.ts'
import { flushFolder } from '../flush.ts'
import { isThere } from '../is-there.ts'
import { PART_PREFIX, type WorkFolder } from '../work-folder.ts'

// `.holdfast-replaced-ID-DUMP`, ID being that of the work folder in which the new dump was made. Not in the work folder, since what is there is swept.
const ASIDE = /^\.holdfast-replaced-(?<id>[^-]+)-(?<dump>.+)$/su

function asideOf(dump: string, part: WorkFolder): string {
  return join(dirname(dump), `.holdfast-replaced-${basename(part.path).slice(PART_PREFIX.length)}-${basename(dump)}`)
}

/**
 * Clears up in a folder after runs that were killed while they replaced a dump: the old one gets its name back unless the new one has it already. What a run that
 * lives has put aside stays so: its work folder has not been swept. Resolves with the paths of those that came back.
 */
export async function settleReplaced(folder: string): Promise<readonly string[]> {
  const back: string[] = []
  for (const name of await readdir(folder)) {
    const { id, dump } = ASIDE.exec(name)?.groups ?? {}
    if (id === undefined || dump === undefined || (await isThere(join(folder, PART_PREFIX + id)))) continue
    if (await settle(join(folder, name), join(folder, dump))) back.push(join(folder, dump))
  }
  return back
}

async function settle(aside: string, dump: string): Promise<boolean> {
  const comesBack = !(await isThere(dump))
  if (comesBack) await rename(aside, dump)
  await flushFolder(dirname(dump))
  if (!comesBack) await rm(aside, { recursive: true, force: true })
  return comesBack
}

/**
 * Gives a finished dump a name that another one has, where one of them is a folder: these cannot be renamed onto one another. Where that fails, the old one has its
 * name again; killed in between, `settleReplaced` gives it back.
 */
export async function replaceFolder(
  finished: string,
  { dump, part }: { readonly dump: string; readonly part: WorkFolder },
  reach?: Reach,
): Promise<void> {
  const aside = asideOf(dump, part)
  await rename(dump, aside)
  try {
    reach?.('dump-set-aside')
    await rename(finished, dump)
  } catch (error) {
    await rename(aside, dump)
    throw error
  }
  await settle(aside, dump)
}
