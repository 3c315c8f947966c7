import { dirname } from 'node:path/posix'
import { NEWLINE_SETUP, printableShellWord } from '../../lib/shell-word.ts'
import { type Inverse, inverseOf, type KeyHint } from '../filter/inverse-filters.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import { type LoadingRecipe, loadingFor } from './loading-recipe.ts'

/** How one object is restored: the text for users, and the commands. */
export interface Recipe {
  readonly words: string
  readonly script: string
  /** Preparations, if secrets are needed. */
  readonly keys: readonly KeyHint[]
  readonly programs: readonly string[]
  /** How it is loaded into its server, if known. */
  readonly loading?: LoadingRecipe
}

/** The first lines of every block, so that each is self-contained. Restored data may be secret: other users must not be able to read it. */
export const SETUP: readonly string[] = [`DEST=\${DEST:-../restored}`, 'umask 077']

/** The command that unpacks a tar archive from its standard input into a folder, a word of the shell. */
export type Unpack = (folder: string) => string

const unpackWithTar: Unpack = (folder) => `tar -xp --acls --xattrs --xattrs-include='*' -f - -C ${folder}`

/** The commands that restore an object to `target` below `DEST`. `marks`: the prefix of helper files. */
export function recipeFor(
  object: ObjectRecord,
  target: string,
  { marks, unpack = unpackWithTar }: { readonly marks: string; readonly unpack?: Unpack },
): Recipe {
  const { undone, isWhole } = understood(object)
  const isTar = object.source === 'tar' && isWhole
  const place = `"$DEST"/${printableShellWord(target)}`
  const consumer = isTar ? { program: 'tar', command: unpack(place) } : undefined
  const loading = isWhole && !isTar ? loadingFor(object, { target, setup: SETUP }) : undefined
  const folder = isTar ? target : dirname(target)
  const lines = [
    ...SETUP,
    ...(`${object.path}${target}`.includes('\n') ? [NEWLINE_SETUP] : []),
    ...(folder === '.' ? [] : [`mkdir -p -- "$DEST"/${printableShellWord(folder)}`]),
    ...undone.flatMap(({ key }) => (key?.variable === undefined ? [] : [`: "\${${key.variable}:?must be set, see above}"`])),
    ...pipelineLines(object, { undone, consumer: consumer?.command, place, marks }),
  ]
  return {
    words: wordsFor(object, { isWhole, isTar, target }),
    script: lines.join('\n'),
    keys: [...new Map(undone.flatMap(({ key }) => (key === undefined ? [] : [[key.words, key] as const]))).values()],
    programs: [...undone.map(({ program }) => program), ...(consumer === undefined ? [] : [consumer.program])],
    ...(loading && { loading }),
  }
}

/** The programs that every guide needs. */
export const COMMON_PROGRAMS: readonly string[] = ['sh', 'sha256sum', 'mkdir', 'cp']

/** The known inverses of the filters, in the order in which they are run, starting with the stored bytes. */
function understood({ filters }: ObjectRecord): { readonly undone: readonly Inverse[]; readonly isWhole: boolean } {
  const undone: Inverse[] = []
  for (const filter of filters.toReversed()) {
    const inverse = inverseOf(filter)
    if (inverse === undefined) return { undone, isWhole: false }
    undone.push(inverse)
  }
  return { undone, isWhole: true }
}

interface Shape {
  readonly undone: readonly Inverse[]
  readonly consumer: string | undefined
  readonly place: string
  readonly marks: string
}

/**
 * The shell reports only the exit code of the last command of a pipeline, so each previous command creates a small file if it succeeds, and the
 * removal of these files fails if one is missing.
 */
function pipelineLines({ path }: ObjectRecord, { undone, consumer, place, marks: prefix }: Shape): readonly string[] {
  const input = `./${printableShellWord(path)}`
  const commands = [...undone.map(({ command }) => command), ...(consumer === undefined ? [] : [consumer])]
  const output = consumer === undefined ? ` >${place}` : ''
  const [first, ...rest] = commands
  if (first === undefined) return [`cp -- ${input} ${place}`]
  if (rest.length === 0) return [`${first} <${input}${output}`]
  const marks = commands.slice(0, -1).map((_, index) => `"$DEST"/${prefix}${index + 1}`)
  const stages = commands.map((command, index) => {
    const full = index === 0 ? `${command} <${input}` : command
    return index < commands.length - 1 ? `(${full} && : >${marks[index]})` : `${full}${output}`
  })
  return [stages.join(' | '), `rm -- ${marks.join(' ')}`]
}

/** A prefix of helper files that is not used by any target. */
export function markPrefix(targets: readonly string[]): string {
  let prefix = '.ended-well-'
  while (targets.some((target) => target.startsWith(prefix))) prefix = `.${prefix}`
  return prefix
}

function wordsFor(
  { filters, source }: ObjectRecord,
  { isWhole, isTar, target }: { readonly isWhole: boolean; readonly isTar: boolean; readonly target: string },
): string {
  if (!isWhole) return 'One of its filters is unknown: the block restores the data with that filter still applied.'
  if (isTar) return 'A tar archive: the block unpacks it into a separate folder.'
  if (filters.length > 0) return 'The block reverses its filters, and restores the data as its source wrote it.'
  return source === undefined && target !== '' ? 'It has no known filters: the block copies the stored data as its pipeline wrote it.' : ''
}
