import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Code } from './actors.ts'

/** A fault that the code had, or could have: what stands there now, and what is put in its place. */
export interface Fault {
  readonly title: string
  readonly changes: readonly { readonly file: `${typeof ROOM}/${string}`; readonly from: string; readonly to: string }[]
}

export const FAULTS: readonly Fault[] = [
  {
    title: 'a manifest alone makes a set, however late it arrives',
    changes: [
      {
        file: 'backup/object-store/set-state.ts',
        from: 'if (areExactly(contents, objects)) return true',
        to: 'if (areExactly(contents, objects) || objects.length > 0) return true',
      },
    ],
  },
  {
    title: 'a sweep removes everything with a marker of a dead run',
    changes: [
      {
        file: 'backup/object-store/sweep-sets.ts',
        from: 'if (!isDecided(set.markers) && set.manifestPaths.length > 0 &&',
        to: 'if (set.name === "" && set.manifestPaths.length > 0 &&',
      },
      { file: 'backup/object-store/sweep-sets.ts', from: 'if (!(await areOnlyClaims(now, context, call)))', to: 'if (set.name !== "")' },
      {
        file: 'backup/object-store/remove-leftover.ts',
        from: 'if (!isDecided(markers) && !grewUnderSweep(listed, marker)) {',
        to: 'if (name === "") {',
      },
    ],
  },
  {
    title: 'a run publishes without looking whether the set is still its own',
    changes: [
      { file: 'backup/object-store/publish-leased-set.ts', from: 'if (why !== undefined) throw', to: 'if (why === "") throw' },
      { file: 'backup/object-store/lease.ts', from: 'if (lost !== undefined) throw lost', to: 'if (lost !== undefined) return' },
      { file: 'backup/object-store/lease.ts', from: 'lost ??= leaseLost(of.name, storage.label, why)\n    throw lost', to: 'lost = undefined' },
    ],
  },
  {
    title: 'a sweep does not look again once its mark is there',
    changes: [
      {
        file: 'backup/object-store/remove-leftover.ts',
        from: 'if (set === undefined ||',
        to: 'if (set === undefined) return undefined\n    if (name === "" &&',
      },
    ],
  },
  {
    title: 'in the root of an ancestor, what a dead run had sent counts when it arrives',
    changes: [
      {
        file: 'backup/object-store/remove-leftover.ts',
        from: 'isLegacyRoot && removal.mayGetMore',
        to: 'isLegacyRoot && removal.mayGetMore && name === ""',
      },
    ],
  },
  {
    title: 'a roll-back takes back what may have appeared',
    changes: [
      {
        file: 'backup/object-store/roll-back-set.ts',
        from: 'if (rollback.mayBePublished || (',
        to: 'if ((rollback.mayBePublished && name === "") || (',
      },
    ],
  },
  {
    title: 'a roll-back removes a set that is whole without a mark that hides it',
    changes: [
      { file: 'backup/object-store/roll-back-set.ts', from: 'if (hides) await putMarker(', to: 'if (hides && name === "") await putMarker(' },
    ],
  },
  {
    title: 'a sweep takes the name from a stopped run without looking again',
    changes: [
      {
        file: 'backup/object-store/sweep-sets.ts',
        from: "import { readMarker } from './marker-files.ts'",
        to: "import { EXPIRING_MARKER, putMarker, readMarker } from './marker-files.ts'",
      },
      {
        file: 'backup/object-store/sweep-sets.ts',
        from: 'if (!now.hasFiles && !(await areProvenDead(now.markers.begin, { context, call }))) return removeAsLeftover(now, context, call)',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program.
        to: 'if (!now.hasFiles) await putMarker(context.storage, `${now.name}/${EXPIRING_MARKER}`, { owner: context.owner, call })',
      },
    ],
  },
  {
    title: 'a set counts although a dead run had begun to take it back',
    changes: [
      {
        file: 'backup/object-store/markers-of-set.ts',
        from: 'return tombstone.length > 0 || begin.some(',
        to: 'return tombstone.length > 0 || begin.slice(99).some(',
      },
    ],
  },
]

/** Where all faults are. */
const ROOM = 'backup/object-store'

/** The code with a fault in it, from a copy of the source. */
export async function withFault({ changes }: Fault): Promise<{ readonly code: Code; remove(): void }> {
  const top = mkdtempSync(join(tmpdir(), 'holdfast-planted-'))
  const project = fileURLToPath(new URL('../../', import.meta.url))
  // Only the room of the fault is a copy: the store of the model throws errors of the same classes that the code knows.
  const link = (folder: string, except: string) => {
    mkdirSync(join(top, folder), { recursive: true })
    for (const name of readdirSync(join(project, folder))) if (name !== except) symlinkSync(join(project, folder, name), join(top, folder, name))
  }
  link('src', 'backup')
  link('src/backup', 'object-store')
  cpSync(join(project, 'src', ROOM), join(top, 'src', ROOM), { recursive: true })
  for (const name of ['package.json', 'node_modules', 'share']) symlinkSync(join(project, name), join(top, name))
  for (const { file, from, to } of changes) {
    const path = join(top, 'src', file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) throw new Error(`"${from}" does not stand in ${file} any more`)
    writeFileSync(path, text.replace(from, to))
  }
  return { code: await codeIn(join(top, 'src')), remove: () => rmSync(top, { recursive: true }) }
}

export async function codeIn(source: string): Promise<Code> {
  const { objectStoreSets } = await import(join(source, 'backup/object-store/object-store-sets.ts'))
  const { rotate } = await import(join(source, 'backup/keep/rotate.ts'))
  const { copySet } = await import(join(source, 'backup/copy/copy-set.ts'))
  return { objectStoreSets, rotate, copySet }
}
