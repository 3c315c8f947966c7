import { counted, formatBytes, printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { Manifest, ObjectRecord } from '../set/manifest.ts'
import { type MetadataPaths, metadataPaths } from '../set/metadata-paths.ts'
import { COMMON_PROGRAMS, markPrefix, type Recipe, recipeFor, SETUP } from './restore-recipe.ts'
import { restoreTargets } from './restore-targets.ts'

/**
 * `RESTORE.md`: for administrators who may have only this folder and a rescue system. The blocks marked `sh`, run in order by `sh -eu` with the set's
 * folder as working folder, check the set and restore it to `DEST`; the blocks marked `sh needs-key` do the same for encrypted objects, if the keys
 * are available, and those marked `sh needs-server` load restored dumps into servers. Every block is self-contained. `docs/format/set.md` specifies
 * this.
 */
export function renderRestoreGuide(manifest: Manifest): string {
  const { objects } = manifest
  const targets = restoreTargets(objects)
  const marks = markPrefix(targets)
  const programs = new Set(COMMON_PROGRAMS)
  const loaders = new Set<string>()
  // Only the text of a recipe is kept, because there may be thousands of them.
  const sections = objects.map((object, index) => {
    const recipe = recipeFor(object, targets[index] ?? object.path, { marks })
    for (const program of recipe.programs) programs.add(program)
    for (const program of recipe.loading?.programs ?? []) loaders.add(program)
    return section(object, recipe, index + 1)
  })
  const parts = [introduction(manifest, metadataPaths(objects)), needs(programs, loaders), checking(metadataPaths(objects)), destination()]
  return `${[...parts, '## 3. Restore', ...sections, remarks()].join('\n\n')}\n`
}

function introduction({ set, host, task, step, tool, began, ended, failed = [], suspicious = [], objects }: Manifest, paths: MetadataPaths): string {
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0)
  const from = step === task ? `the task ${markdownText(task)}` : `the step ${markdownText(step)} of the task ${markdownText(task)}`
  return [
    '# How to restore this backup',
    '',
    `This folder is the backup set **${set}** of the host **${markdownText(host)}**, made by ${from}.`,
    `It was started at ${began} and finished at ${ended} (both UTC), and contains ${counted(objects.length, 'object')}, ${formatBytes(bytes)} in total.`,
    ...(failed.length === 0 ? [] : ['', `**It is incomplete.** Not made, because their commands failed: ${failed.map(markdownText).join(', ')}.`]),
    ...(suspicious.length === 0 ? [] : ['', `**It may lack data.** ${suspicious.map(markdownText).join('; ')}.`]),
    '',
    `Only common programs are needed to restore it. It was written by ${markdownText(tool)}; \`${paths['manifest.json']}\` contains the same information for programs.`,
    '',
    `If it is stored in a bucket or on another remote storage, copy the whole folder to this machine first: \`aws s3 cp --recursive s3://BUCKET/ROOT/${set} ${set}\`,`,
    `or \`rclone copy REMOTE:ROOT/${set} ${set}\`.`,
    '',
    `\`sh ${paths['restore.sh']} DEST\` does what the blocks of the sections 1 to 3 do, in one command; it also works with the small programs of a rescue system (BusyBox).`,
    '',
    'Otherwise, open a shell **in this folder** and run the blocks below in order; run those that load a dump into a server only if you want that.',
    'They do not change this folder.',
  ].join('\n')
}

function needs(programs: ReadonlySet<string>, loaders: ReadonlySet<string>): string {
  const more = loaders.size === 0 ? '' : ` To load dumps into servers: ${listed(loaders)}.`
  return `Programs needed: ${listed(programs)}.${more}`
}

function listed(programs: ReadonlySet<string>): string {
  return [...programs].map((program) => `\`${program}\``).join(', ')
}

function checking(paths: MetadataPaths): string {
  return [
    '## 1. Check',
    '',
    'Each line must end with `OK`. If one does not, that file was changed or damaged after the backup was made: use another set, or restore only the other files.',
    '',
    fenced('sh', `sha256sum -c ${printableShellWord(paths.SHA256SUMS)}`),
  ].join('\n')
}

function destination(): string {
  return [
    '## 2. Choose a destination',
    '',
    'Everything is restored into the folder `DEST`, which must be empty or new. Default: `../restored`.',
    'To choose another folder, set it first, e.g. `export DEST=/mnt/restored`. Check the free space there.',
    '',
    fenced(
      'sh',
      [...SETUP, 'mkdir -p -- "$DEST"', 'if [ -n "$(ls -A -- "$DEST")" ]; then echo "$DEST is not empty: choose another folder" >&2; false; fi'].join(
        '\n',
      ),
    ),
  ].join('\n')
}

function section(object: ObjectRecord, recipe: Recipe, number: number): string {
  const title = `### 3.${number} ${markdownText(object.path)}`
  const made = object.stages.map(({ program }) => markdownText(program)).join(' | ')
  const facts = `${formatBytes(object.bytes)}${made === '' ? '' : `, made by: ${made}`}.`
  const keys = recipe.keys.map(({ words }) => `${words}\n`)
  const { loading, script } = recipe
  const block = fenced(recipe.keys.length > 0 ? 'sh needs-key' : 'sh', script)
  const after =
    loading === undefined ? [] : ['', loading.words, ...(loading.script === undefined ? [] : ['', fenced('sh needs-server', loading.script)])]
  return [title, '', `${facts} ${recipe.words}`, '', ...keys, block, ...after].join('\n')
}

function remarks(): string {
  return [
    '## Remarks',
    '',
    '- Archives are unpacked with their modes, extended attributes and ACLs and, if you are root, with their owners. On a rescue system, add',
    '  `--numeric-owner` to `tar`. A small `tar` (BusyBox) does not support `--acls` and `--xattrs`: omit these options; ACLs and extended attributes are then lost.',
    '- To list an archive without unpacking it, replace `tar -xp … -C …` with `tar -tvf -`.',
    "- A dump without further instructions above is restored as a file: load the file in `DEST` with the database's own program (`psql`, `pg_restore`, `mysql`, …).",
  ].join('\n')
}

function fenced(info: string, script: string): string {
  return `\`\`\`${info}\n${script}\n\`\`\``
}

/** Any text as plain words of a Markdown line: no markup is recognized in it (CommonMark 0.31, backslash escapes), and it remains on one line. */
function markdownText(text: string): string {
  return printable(text).replaceAll(/[\\`*_{}[\]<>()#!|~&]/gu, '\\$&')
}
