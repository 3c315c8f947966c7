import type { Report } from '../../../document/issue-report.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { AcceptedCodes, Command, Visibility } from '../../../plan/command.ts'
import { EXEC_KEYS } from '../keys.ts'
import { openFields } from '../values/fields.ts'
import { textOf, type Value } from '../values/value.ts'
import { DEFAULT_STDERR, DEFAULT_STDOUT, type Flaw, readAcceptedCodes, readEnv, readProgram, readVisibility } from './command-parts.ts'

/** The properties of a program before those of a use are added. `argv` may be empty: a use may append to it. */
export interface Blueprint {
  readonly execId?: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly accept: AcceptedCodes
  readonly showStdout: Visibility
  readonly showStderr: Visibility
}

/** An entry of `execs`. */
export interface Definition {
  /** Absent: invalid, and already reported. */
  readonly blueprint?: Blueprint
  /** The template for one use, whose errors are then reported. */
  use(): Blueprint | undefined
  /** Reports the errors: as errors if it is used, otherwise as warnings. */
  reportFlaws(): void
}

/** Compiles the keys that `execs` entries and inline uses have in common. `value` is the mapping; errors are passed to `flaw`. */
export function compileBlueprint(
  fields: { get(key: 'argv' | 'env' | 'ec' | 'vl-stdout' | 'vl-stderr'): Value | undefined },
  { report, verbosity, flaw }: { readonly report: Report; readonly verbosity: number; readonly flaw: Flaw },
): Blueprint | undefined {
  const argvAt = fields.get('argv')
  const envAt = fields.get('env')
  const argv = argvAt && readProgram(argvAt, report, flaw)
  const env = !envAt || envAt.node.kind === 'null' ? {} : readEnv(envAt, report, flaw)
  const accept = readAcceptedCodes(fields.get('ec'), report)
  const showStdout = readVisibility(fields.get('vl-stdout'), verbosity, { report, fallback: DEFAULT_STDOUT })
  const showStderr = readVisibility(fields.get('vl-stderr'), verbosity, { report, fallback: DEFAULT_STDERR })
  return argv && env && accept && { argv, env, accept, showStdout, showStderr }
}

/** Compiles `execs`. Of entries with the same id in one file, the last one is used; ids of two files were compared by the merge. */
export function compileDefinitions(entries: readonly Value[], report: Report, verbosity: number): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, Definition>()
  const places = new Map<string, Value>()
  for (const entry of entries) {
    const fields = openFields(entry, EXEC_KEYS, { report, required: ['id', 'argv'] })
    const idAt = fields?.get('id')
    const id = idAt && textOf(idAt, report)
    if (!fields || id === undefined) continue
    const before = places.get(id)
    if (before?.file === entry.file) report.warn(entry, `exec ${quoted(id)} replaces the one at line ${before.at?.line}`)
    places.set(id, entry)
    definitions.set(id, openDefinition(id, { report, verbosity, fields }))
  }
  return definitions
}

function openDefinition(
  id: string,
  { report, verbosity, fields }: { readonly report: Report; readonly verbosity: number; readonly fields: Parameters<typeof compileBlueprint>[0] },
): Definition {
  const flaws: Parameters<Flaw>[] = []
  const flaw: Flaw = (...it) => void flaws.push(it)
  const parts = compileBlueprint(fields, { report, verbosity, flaw })
  const blueprint = parts && { ...parts, execId: id }
  let used = false
  return {
    ...(blueprint && { blueprint }),
    use: () => {
      used = true
      return blueprint
    },
    reportFlaws: () => {
      for (const it of flaws) used ? report.error(...it) : report.warn(...it)
    },
  }
}

/** The command of a template, or undefined if it has no program. */
export function commandOf({ argv: [program, ...rest], env, ...blueprint }: Blueprint): Command | undefined {
  if (program === undefined || program === '') return undefined
  return { ...blueprint, argv: [program, ...rest], environment: { kind: 'exactly', values: env }, searchPath: searchPathOf(env) }
}

/** Like Python's `os.get_exec_path`: the PATH of the given environment, otherwise `/bin:/usr/bin`; an empty part is the working folder. */
function searchPathOf(env: Readonly<Record<string, string>>): readonly string[] {
  const path = Object.hasOwn(env, 'PATH') ? (env['PATH'] ?? '') : '/bin:/usr/bin'
  return path.split(':').map((folder) => (folder === '' ? '.' : folder))
}
