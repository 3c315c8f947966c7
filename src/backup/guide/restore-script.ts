import { printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { Manifest, ObjectRecord } from '../set/manifest.ts'
import { metadataPaths } from '../set/metadata-paths.ts'
import { markPrefix, type Recipe, recipeFor } from './restore-recipe.ts'
import { restoreTargets } from './restore-targets.ts'

/**
 * `restore.sh`: the commands of `RESTORE.md` for exactly the objects of this set, for any POSIX shell with the programs of a rescue system. It checks each
 * object before it restores it, continues after an object that fails, and reports all failures by its exit code. `docs/format/set.md` specifies it.
 */
export function renderRestoreScript(manifest: Manifest): string {
  const { objects } = manifest
  const targets = restoreTargets(objects)
  const marks = markPrefix(targets)
  const paths = metadataPaths(objects)
  const recipes = objects.map((object, index) => recipeFor(object, targets[index] ?? object.path, { marks, unpack: (folder) => `unpack ${folder}` }))
  return [
    head(manifest, paths['restore.sh']),
    `own=${paths['restore.sh']}`,
    ...OPTIONS,
    ...recipes.flatMap((recipe, index) => functionsOf(recipe, index + 1)),
    'each() {',
    // A function needs a command.
    '  :',
    ...objects.map((object, index) => visit(object, index + 1, recipes[index])),
    '}',
    ...MAIN,
    '',
  ].join('\n')
}

function head({ set, host, task }: Manifest, path: string): string {
  return [
    '#!/bin/sh',
    `# Restores the backup set ${set} of the host ${printable(host)}, task ${printable(task)}, without Holdfast. See RESTORE.md.`,
    `#   sh ${path} -l                     list the objects of the set`,
    `#   sh ${path} -c [OBJECT ...]        check objects: all, or these`,
    `#   sh ${path} [DEST [OBJECT ...]]    check objects, and restore them into the folder DEST (default: ../restored), new or empty`,
    `#   sh ${path} -s DEST OBJECT ...     load dumps that were restored into DEST into their servers: read RESTORE.md first`,
    '# Exit codes: 0 success, 1 an object failed, 2 invalid command line, or the folder of the set or DEST cannot be used.',
    'set -eu',
    'umask 077',
    'unset CDPATH',
  ].join('\n')
}

const OPTIONS: readonly string[] = [
  String.raw`stop() { printf '%s\n' "restore.sh: $*" >&2; exit 2; }`,
  // `set -e` does not end a shell in which a function is called as a condition.
  String.raw`need() { for program; do command -v "$program" >/dev/null 2>&1 || { printf '%s\n' "missing program: $program" >&2; exit 1; }; done; }`,
  'mode=restore',
  `case \${1-} in`,
  '  -l) mode=list ;;',
  '  -c) mode=check ;;',
  '  -s) mode=load ;;',
  '  -*) stop "unknown option $1; see the first lines of this file" ;;',
  'esac',
  'if [ "$mode" != restore ]; then shift; fi',
  'case $mode in',
  `  restore | load) if [ $# -gt 0 ]; then DEST=$1; shift; fi; DEST=\${DEST:-}; case $DEST in "" | /*) ;; *) DEST=$PWD/$DEST ;; esac ;;`,
  'esac',
  'cd -- "$(dirname -- "$0")" || exit 2',
  'case $own in */*) cd .. ;; esac',
  '[ -f "$own" ] || stop "run it by its path, in the folder of the set"',
  `DEST=\${DEST:-../restored}`,
  'export DEST',
  // A small tar has neither; ACLs and extended attributes are lost then.
  'has_attributes=yes',
  `case $(tar --help 2>&1) in *--xattrs-include*) ;; *) has_attributes= ;; esac`,
  'unpack() {',
  `  if [ -n "$has_attributes" ]; then tar -xp --acls --xattrs --xattrs-include='*' -f - -C "$1"`,
  '  else tar -xp -f - -C "$1"; fi',
  '}',
]

function functionsOf({ script, keys, programs, loading }: Recipe, number: number): readonly string[] {
  const hints = keys.map(({ variable, words }) => {
    const print = `printf '%s\\n' ${printableShellWord(words.replaceAll('`', ''))} >&2`
    return variable === undefined ? `  ${print}` : `  [ -n "\${${variable}:-}" ] || ${print}`
  })
  const load = loading?.script === undefined ? [] : [`load_${number}() {`, ...needs(loading.programs), loading.script, '}']
  return [`restore_${number}() {`, ...needs(programs), ...hints, script, '}', ...load]
}

function needs(programs: readonly string[]): readonly string[] {
  return programs.length === 0 ? [] : [`  need ${[...new Set(programs)].join(' ')}`]
}

function visit({ path, bytes, sha256 }: ObjectRecord, number: number, recipe: Recipe | undefined): string {
  const words = [`./${path}`, printable(path)].map(printableShellWord)
  const before = path.includes('\n') ? `nl=$(printf '\\n.'); nl=\${nl%.}; ` : ''
  return `  ${before}visit ${number} ${bytes} ${sha256} ${recipe?.loading?.script === undefined ? 'no' : 'yes'} ${words.join(' ')} "$@"`
}

const MAIN: readonly string[] = [
  'matched=0 tried=0 failed=0',
  // NUMBER BYTES SHA256 IS-LOADED PATH LABEL [WANTED ...]
  'visit() {',
  '  number=$1 bytes=$2 sha256=$3 is_loaded=$4 path=$5 label=$6',
  '  shift 6',
  '  if [ $# -gt 0 ]; then',
  '    is_wanted=',
  '    for wanted; do if [ "./$wanted" = "$path" ]; then is_wanted=yes; matched=$((matched + 1)); fi; done',
  '    [ -n "$is_wanted" ] || return 0',
  '  fi',
  '  case $mode in',
  '    match) return 0 ;;',
  `    list) printf '%14s  %s\\n' "$bytes" "$label"; return 0 ;;`,
  '  esac',
  '  tried=$((tried + 1))',
  // Not as a condition, in which `set -e` has no effect.
  '  set +e',
  '  (set -eu; "do_$mode")',
  '  code=$?',
  '  set -e',
  '  if [ "$code" -eq 0 ]; then',
  `    printf '%s: OK\\n' "$label"`,
  '  else',
  '    failed=$((failed + 1))',
  `    printf '%s: FAILED\\n' "$label" >&2`,
  '  fi',
  '}',
  'do_check() {',
  '  need sha256sum',
  '  sum=$(sha256sum <"$path")',
  `  if [ "\${sum%% *}" != "$sha256" ]; then printf '%s\\n' "it was changed or damaged after the backup was made" >&2; exit 1; fi`,
  '}',
  'do_restore() { do_check; "restore_$number"; }',
  'do_load() {',
  `  if [ "$is_loaded" = no ]; then printf '%s\\n' "it cannot be loaded by this script: see RESTORE.md" >&2; exit 1; fi`,
  '  "load_$number"',
  '}',
  'if [ $# -gt 0 ]; then',
  '  chosen=$mode',
  '  mode=match',
  '  each "$@"',
  '  [ "$matched" -eq $# ] || stop "unknown object, or the same object twice; sh $own -l lists the objects"',
  '  mode=$chosen',
  'fi',
  'if [ "$mode" = load ] && [ $# -eq 0 ]; then stop "specify DEST and the objects to load"; fi',
  'if [ "$mode" = restore ]; then',
  '  mkdir -p -- "$DEST" || exit 2',
  '  if [ -n "$(ls -A -- "$DEST")" ]; then stop "$DEST is not empty: choose another folder"; fi',
  '  if [ -z "$has_attributes" ]; then echo "this tar cannot restore ACLs and extended attributes: they are lost" >&2; fi',
  'fi',
  'each "$@"',
  'if [ "$mode" = list ]; then exit 0; fi',
  'if [ "$failed" -gt 0 ]; then echo "$failed of $tried objects failed" >&2; exit 1; fi',
  'echo "$tried objects: OK"',
]
