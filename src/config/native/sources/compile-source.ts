import { itemsOf, memberOf } from '../../../document/yaml/node.ts'
import { compileCommand } from '../command.ts'
import { SOURCE_KINDS, type SourceInput, type SourceKind } from '../schema/sources.ts'
import type { ObjectInput } from '../schema/tasks.ts'
import { filesSource } from './files.ts'
import { hostFactsSource } from './host-facts.ts'
import { ldapSource } from './ldap.ts'
import { mariadbSource } from './mariadb.ts'
import { postgresqlSource } from './postgresql.ts'
import type { SourceCall, SourceObject } from './source.ts'
import { sqliteSource } from './sqlite.ts'

type Compile<K extends SourceKind> = (input: SourceInput<K>, call: SourceCall) => readonly SourceObject[] | undefined

const COMPILERS: { readonly [K in SourceKind]: Compile<K> } = {
  exec: execSource,
  pipeline: pipelineSource,
  files: filesSource,
  'host-facts': hostFactsSource,
  postgresql: postgresqlSource,
  mariadb: mariadbSource,
  sqlite: sqliteSource,
  ldap: ldapSource,
}

/** Compiles the source of an object. Reports errors, and returns undefined then. */
export function compileSource(input: ObjectInput, call: SourceCall): readonly SourceObject[] | undefined {
  const kind = SOURCE_KINDS.find((it) => input[it] !== undefined)
  return kind && compile(kind, input, { ...call, at: memberOf(call.at, kind) ?? call.at })
}

function compile<K extends SourceKind>(kind: K, input: ObjectInput, call: SourceCall): readonly SourceObject[] | undefined {
  return COMPILERS[kind](input[kind] as SourceInput<K>, call)
}

function execSource(input: SourceInput<'exec'>, { settings, at, report }: SourceCall): readonly SourceObject[] | undefined {
  const stage = compileCommand(input, settings, { at, report })
  return stage && [{ stages: [stage], source: { kind: 'exec' }, suffix: '' }]
}

function pipelineSource(input: SourceInput<'pipeline'>, { settings, at, report }: SourceCall): readonly SourceObject[] | undefined {
  const places = itemsOf(at)
  const stages = input.map((it, index) => compileCommand(it, settings, { at: places[index] ?? at, report }))
  return stages.every((it) => it !== undefined) ? [{ stages, source: { kind: 'pipeline' }, suffix: '' }] : undefined
}
