import { type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { DrillStep } from '../../../plan/plan.ts'
import { type DrillCheck, parseExpectation } from '../../../plan/steps/drill-step.ts'
import { accepts } from '../form/form.ts'
import { lookUp } from '../references.ts'
import { fileName } from '../schema/schema-helpers.ts'
import type { DrillInput } from '../schema/tasks.ts'
import { type CopyCall, inFolder } from './copy.ts'

/** Compiles a step that restores a set to temporary places. Reports errors, and returns undefined then. */
export function compileDrill(input: DrillInput, at: LocatedNode, { task, context }: CopyCall): DrillStep | undefined {
  const { report, storages } = context
  const storage = lookUp({ name: input.from, what: 'storage', at: memberOf(at, 'from') ?? at }, storages, context)
  const name = input.name ?? task
  if (!accepts(fileName, name))
    return report.error(locationOf(at), 'missing name of the sets to drill', 'Set "name" to the name of the backup step that makes them.')
  const checks = compileChecks(input, at, context)
  if (!storage || checks === undefined) return undefined
  if (storage.kind === 'null') return report.error(locationOf(at), `the storage ${quoted(input.from)} stores nothing`, 'Specify another storage.')
  return {
    kind: 'drill',
    name,
    from: { name: input.from, storage: inFolder(storage, name) },
    set: input.set ?? 'latest',
    level: input.level ?? 'full',
    checks,
    ...(input.folder !== undefined && { folder: input.folder }),
    ...(input.memory !== undefined && { memoryBytes: input.memory }),
  }
}

const TIMEOUT_MS = 600_000
const LABEL_CHARS = 60

type CheckInput = NonNullable<DrillInput['checks']>[number]

function compileChecks({ checks = [] }: DrillInput, at: LocatedNode, { report }: CopyCall['context']): readonly DrillCheck[] | undefined {
  const place = locationOf(memberOf(at, 'checks') ?? at)
  const found = checks.flatMap((check) => {
    const fault = faultOf(check)
    if (fault === undefined) return [compileCheck(check)]
    report.error(place, ...fault)
    return []
  })
  return found.length === checks.length ? found : undefined
}

/** The message and the hint. */
function faultOf({ object, sql, run, database, expect }: CheckInput): readonly [message: string, hint: string] | undefined {
  if ((sql === undefined) === (run === undefined)) return [`the check of ${quoted(object)} needs either "sql" or "run"`, 'Specify one of them.']
  if (run !== undefined && database !== undefined) return [`the check of ${quoted(object)} has a "database", but no "sql"`, 'Remove it.']
  if (expect === undefined || parseExpectation(expect) !== undefined) return undefined
  return [`invalid pattern ${quoted(expect)} in the check of ${quoted(object)}`, 'Write a regular expression after "~".']
}

function compileCheck({ object, name, sql = '', database, run, expect, timeout: timeoutMs = TIMEOUT_MS }: CheckInput): DrillCheck {
  const expectation = expect === undefined ? undefined : parseExpectation(expect)
  const label = name ?? (run?.join(' ') ?? sql).replaceAll(/\s+/gu, ' ').trim().slice(0, LABEL_CHARS)
  const ask = run === undefined ? { kind: 'sql' as const, sql, ...(database !== undefined && { database }) } : { kind: 'run' as const, argv: run }
  return { object: object.replace(/^\/+/u, ''), label, ask, ...(expectation && { expect: expectation }), timeoutMs }
}
