import type { Report } from '../../../document/issue-report.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { Command } from '../../../plan/command.ts'
import { normaliseObjectPath } from '../../../plan/object-path.ts'
import type { ObjectSpec } from '../../../plan/plan.ts'
import { compileUse, isUseType, USE_TYPES } from '../commands/command-use.ts'
import type { Context } from '../context.ts'
import { OBJECT_KEYS, USE_KEYS } from '../keys.ts'
import { parseDecimal } from '../values/decimal.ts'
import { openFields } from '../values/fields.ts'
import { listOf, member, textOf, type Value } from '../values/value.ts'
import { DEFAULT_GROUP, type Groups } from './groups.ts'

type Draft = Omit<ObjectSpec, 'after'>

/**
 * Compiles `objects` in the order in which they are started, each with those that it waits for. `keepsFiles` is false if nothing is stored: then
 * paths are only labels.
 */
export function compileObjects(
  entries: readonly Value[],
  groups: Groups,
  { context, keepsFiles }: { readonly context: Context; readonly keepsFiles: boolean },
): readonly ObjectSpec[] {
  const paths = readPaths(entries, keepsFiles, context.report)
  const drafts = entries.map((entry, index) => compileObject(entry, { groups, context, path: paths[index] })).filter((it) => it !== undefined)
  const released = groups.names.flatMap((group) => drafts.filter((it) => it.group === group))
  const after = new Map(groups.names.map((group) => [group, indicesBefore(group, groups, released)]))
  return released.map((draft) => ({ ...draft, after: after.get(draft.group) ?? [] }))
}

/** Objects of one group wait for the same objects, so they share one list. */
function indicesBefore(group: string, groups: Groups, released: readonly Draft[]): readonly number[] {
  const before = groups.before(group)
  return released.flatMap((it, index) => (before.has(it.group) ? [index] : []))
}

function compileObject(
  entry: Value,
  { groups, context, path }: { readonly groups: Groups; readonly context: Context; readonly path: string | undefined },
): Draft | undefined {
  const { report } = context
  const fields = openFields(entry, OBJECT_KEYS, { report, required: ['path', 'pipeline'] })
  const pipelineAt = fields?.get('pipeline')
  const groupAt = fields?.get('group')
  const sizeAt = fields?.get('alloc-size')
  const stages = pipelineAt && listOf(pipelineAt, report)?.map((stage) => compileStage(stage, context))
  const group = groupAt ? readGroup(groupAt, groups, report) : DEFAULT_GROUP
  const expectedBytes = sizeAt && readExpectedBytes(sizeAt, report)
  if (path === undefined || group === undefined || !stages?.every((it) => it !== undefined)) return undefined
  return { path, stages, group, ...(expectedBytes !== undefined && { expectedBytes }) }
}

function compileStage(stage: Value, context: Context): Command | undefined {
  const { report } = context
  const typeAt = member(stage, 'type')
  // Without a type, only the missing type can be reported.
  if (!typeAt) return void openFields(stage, USE_KEYS, { report, required: ['type'] })
  const type = textOf(typeAt, report)
  if (isUseType(type)) return compileUse(stage, type, context)
  if (type === undefined) return undefined
  return report.error(
    typeAt,
    `unsupported type ${quoted(type)} in a pipeline`,
    didYouMean(nearest(type, USE_TYPES)) ?? `Valid types: ${USE_TYPES.join(', ')}.`,
  )
}

function readGroup(value: Value, { names }: Groups, report: Report): string | undefined {
  const name = textOf(value, report)
  if (name === undefined || names.includes(name)) return name
  return report.error(value, `unknown group ${quoted(name)}`, didYouMean(nearest(name, names)) ?? 'Declare it in "object-groups".')
}

/** A hint that was never checked: an invalid value is ignored with a warning. */
function readExpectedBytes(value: Value, report: Report): number | undefined {
  const { node } = value
  const size = node.kind === 'number' ? parseDecimal(node.text) : node.kind === 'string' ? parseDecimal(node.value) : undefined
  if (size?.kind === 'finite' && size.floor >= 0n && size.floor <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size.floor)
  return report.warn(value, 'invalid "alloc-size", ignored')
}

/**
 * The path of each object, undefined if it was rejected. If files are stored, two objects must not have the same path, nor one inside the other: on a
 * file system, the later one would replace the other, or fail.
 */
function readPaths(entries: readonly Value[], keepsFiles: boolean, report: Report): readonly (string | undefined)[] {
  const taken = new Map<string, Value>()
  const folders = new Map<string, Value>()
  return entries.map((entry) => {
    const value = member(entry, 'path')
    const text = value && textOf(value, report)
    if (!value || text === undefined) return undefined
    const path = keepsFiles ? checkedPath(text, value, report) : text
    if (path === undefined) return undefined
    const conflict = conflictOf(path, { taken, folders, keepsFiles })
    if (conflict) return report.error(value, `path ${quoted(text)} ${conflict.why} line ${conflict.value.at?.line}`, conflict.hint)
    taken.set(path, value)
    if (keepsFiles) for (const folder of foldersOf(path)) folders.set(folder, value)
    return path
  })
}

interface Taken {
  readonly taken: ReadonlyMap<string, Value>
  /** The folders that contain paths, each with one of those paths. */
  readonly folders: ReadonlyMap<string, Value>
  readonly keepsFiles: boolean
}

function conflictOf(
  path: string,
  { taken, folders, keepsFiles }: Taken,
): { readonly value: Value; readonly why: string; readonly hint?: string } | undefined {
  const same = taken.get(path)
  if (same) return { value: same, why: 'is already used by the object at' }
  if (!keepsFiles) return undefined
  const hint = 'A path cannot be both a file and a folder.'
  const inside = folders.get(path)
  if (inside) return { value: inside, why: 'is a parent folder of the object at', hint }
  const above = foldersOf(path)
    .map((it) => taken.get(it))
    .find((it) => it !== undefined)
  return above && { value: above, why: 'is inside the object at', hint }
}

function checkedPath(text: string, value: Value, report: Report): string | undefined {
  const path = normaliseObjectPath(text)
  return path.kind === 'path' ? path.path : report.error(value, path.why)
}

/** `a/b/c` is inside `a` and `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
