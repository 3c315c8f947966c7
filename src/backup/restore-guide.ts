import { counted, formatBytes } from '../lib/format.ts'
import type { Manifest, ObjectRecord } from './manifest.ts'
import { markdownText } from './markdown-text.ts'
import { type OwnPaths, ownPaths } from './own-paths.ts'
import { COMMON_PROGRAMS, markPrefix, type Recipe, recipeFor, SETUP } from './restore-recipe.ts'
import { restoreTargets } from './restore-targets.ts'
import { shellWord } from './shell-word.ts'

/**
 * `RESTORE.md`: for people in need, who may have nothing but this folder and a rescue system. The blocks marked `sh`, run in order by `sh -eu` with the
 * set's folder as working folder, check the set and restore it into `DEST`; the blocks marked `sh needs-key` do the same for encrypted objects, once the
 * keys are at hand, and those marked `sh needs-server` load restored dumps into servers. Every block stands for itself. `docs/format/set.md` specifies this.
 */
export function renderRestoreGuide(manifest: Manifest): string {
  const { objects } = manifest
  const targets = restoreTargets(objects)
  const marks = markPrefix(targets)
  const programs = new Set(COMMON_PROGRAMS)
  const loaders = new Set<string>()
  // Nothing of a recipe is kept but its text: there may be thousands of them.
  const sections = objects.map((object, index) => {
    const recipe = recipeFor(object, targets[index] ?? object.path, marks)
    for (const program of recipe.programs) programs.add(program)
    for (const program of recipe.loading?.programs ?? []) loaders.add(program)
    return section(object, recipe, index + 1)
  })
  const parts = [introduction(manifest, ownPaths(objects)), needs(programs, loaders), checking(ownPaths(objects)), destination()]
  return `${[...parts, '## 3. Restore', ...sections, remarks()].join('\n\n')}\n`
}

function introduction({ set, host, task, step, tool, began, ended, objects }: Manifest, paths: OwnPaths): string {
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0)
  const from = step === task ? `the task ${markdownText(task)}` : `the step ${markdownText(step)} of the task ${markdownText(task)}`
  return [
    '# How to restore this backup',
    '',
    `This folder is the backup set **${set}** of the host **${markdownText(host)}**, made by ${from}.`,
    `It was begun at ${began} and ended at ${ended} (both UTC), and holds ${counted(objects.length, 'object')}, ${formatBytes(bytes)} in all.`,
    '',
    `Nothing but common programs is needed to restore it. It was written by ${markdownText(tool)}; \`${paths['manifest.json']}\` says the same for machines.`,
    '',
    `Where it lies in a bucket or on another remote place, bring the whole folder to this machine first: \`aws s3 cp --recursive s3://BUCKET/ROOT/${set} ${set}\`,`,
    `or \`rclone copy REMOTE:ROOT/${set} ${set}\`.`,
    '',
    'Open a shell **in this folder** and run the blocks below one after the other; those that load a dump into a server, only where you want that.',
    'They change nothing in this folder.',
  ].join('\n')
}

function needs(programs: ReadonlySet<string>, loaders: ReadonlySet<string>): string {
  const more = loaders.size === 0 ? '' : ` To load dumps into their servers: ${listed(loaders)}.`
  return `Programs needed: ${listed(programs)}.${more}`
}

function listed(programs: ReadonlySet<string>): string {
  return [...programs].map((program) => `\`${program}\``).join(', ')
}

function checking(paths: OwnPaths): string {
  return [
    '## 1. Check',
    '',
    'Each line must end with `OK`. Where one does not, that file was changed or damaged after the backup was made: take another set, or restore what is good.',
    '',
    fenced('sh', `sha256sum -c ${shellWord(paths.SHA256SUMS)}`),
  ].join('\n')
}

function destination(): string {
  return [
    '## 2. Choose where to',
    '',
    'Everything is restored below the folder `DEST`, which must be empty or new. Without a word from you it is `restored` beside this folder;',
    'to choose another one, set it first, e.g. `export DEST=/mnt/restored`. Mind the free space there.',
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
  const keys = recipe.keys.map((words) => `${words}\n`)
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
    '- Archives are unpacked with their modes, extended attributes and ACLs, and with their owners when you are root. On a rescue system add',
    '  `--numeric-owner` to `tar`. A small `tar` (BusyBox) knows no `--acls` and `--xattrs`: leave these options out, and do without what they bring.',
    '- To look into an archive without unpacking, replace `tar -xp … -C …` by `tar -tvf -`.',
    "- A dump of which nothing is said above is restored as that: feed the file in `DEST` to the database's own program (`psql`, `pg_restore`, `mysql`, …).",
  ].join('\n')
}

function fenced(info: string, script: string): string {
  return `\`\`\`${info}\n${script}\n\`\`\``
}
