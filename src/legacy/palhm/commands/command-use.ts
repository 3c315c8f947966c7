import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { Command } from '../../../plan/command.ts'
import type { Context } from '../context.ts'
import { USE_KEYS } from '../keys.ts'
import { type Fields, openFields } from '../values/fields.ts'
import { textOf, type Value } from '../values/value.ts'
import { type Flaw, readArgv, readEnv, readVisibility } from './command-parts.ts'
import { type Blueprint, commandOf, compileBlueprint, type Definition } from './definitions.ts'

type UseFields = Fields<keyof typeof USE_KEYS>

const COMPILERS = { exec: compileExec, 'exec-append': compileAppend, 'exec-inline': compileInline } as const
const REQUIRED = { exec: ['type', 'exec-id'], 'exec-append': ['type', 'exec-id', 'argv'], 'exec-inline': ['type', 'argv'] } as const

export type UseType = keyof typeof COMPILERS
export const USE_TYPES = Object.keys(COMPILERS) as readonly UseType[]

export function isUseType(type: string | undefined): type is UseType {
  return type !== undefined && Object.hasOwn(COMPILERS, type)
}

/** Compiles one use of a program: a stage of a pipeline or an entry of a routine. Reports errors, and returns undefined then. */
export function compileUse(value: Value, type: UseType, context: Context): Command | undefined {
  const fields = openFields(value, USE_KEYS, { report: context.report, required: REQUIRED[type] })
  const blueprint = fields && COMPILERS[type](fields, context)
  if (!blueprint) return undefined
  const argvAt = fields.get(type === 'exec' ? 'exec-id' : 'argv') ?? value
  return commandOf(blueprint) ?? context.report.error(argvAt, 'missing program: the list of arguments is empty or starts with an empty string')
}

function compileExec(fields: UseFields, context: Context): Blueprint | undefined {
  const base = definitionOf(fields, context)?.use()
  warnIdle(fields, ['argv', 'env', 'ec'], context)
  return base && withVisibility(base, fields, context)
}

function compileAppend(fields: UseFields, context: Context): Blueprint | undefined {
  const { report } = context
  const base = definitionOf(fields, context)?.use()
  warnIdle(fields, ['ec'], context)
  const argvAt = fields.get('argv')
  const envAt = fields.get('env')
  const flaw: Flaw = report.error
  const argv = argvAt && (charactersOf(argvAt, context) ?? readArgv(argvAt, report, flaw))
  const env = envAt ? readEnv(envAt, report, flaw) : {}
  return base && argv && env && withVisibility({ ...base, argv: [...base.argv, ...argv], env: { ...base.env, ...env } }, fields, context)
}

function compileInline(fields: UseFields, { report, verbosity }: Context): Blueprint | undefined {
  return compileBlueprint(fields, { report, verbosity, flaw: report.error })
}

/** A single string is split into one argument per character: hardly intended, but compatible. */
function charactersOf(value: Value, { report }: Context): readonly string[] | undefined {
  if (value.node.kind !== 'string' || value.node.value === '') return undefined
  report.warn(value, 'the string is split into one argument for each character', 'Write a list of strings.')
  return [...value.node.value]
}

function definitionOf(fields: UseFields, { report, execs, complete }: Context): Definition | undefined {
  const idAt = fields.get('exec-id')
  const id = idAt && textOf(idAt, report)
  if (!idAt || id === undefined) return undefined
  const definition = execs.get(id)
  if (!definition && complete)
    report.error(
      idAt,
      `unknown exec ${quoted(id)}`,
      didYouMean(nearest(id, execs.keys())) ?? 'Define it in "execs", or include the file that defines it.',
    )
  return definition
}

function withVisibility(base: Blueprint, fields: UseFields, { report, verbosity }: Context): Blueprint {
  const showStdout = readVisibility(fields.get('vl-stdout'), verbosity, { report, fallback: base.showStdout })
  const showStderr = readVisibility(fields.get('vl-stderr'), verbosity, { report, fallback: base.showStderr })
  return { ...base, showStdout, showStderr }
}

function warnIdle(fields: UseFields, keys: readonly ('argv' | 'env' | 'ec')[], { report }: Context): void {
  for (const key of keys) {
    const idle = fields.get(key)
    if (idle) report.warn(idle, `${quoted(key)} has no effect here; the value of the exec is used`)
  }
}
