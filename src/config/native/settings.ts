import type { Report } from '../../document/issue-report.ts'
import { type LocatedNode, locationOf, memberOf } from '../../document/yaml/node.ts'
import { quoted } from '../../lib/quoted.ts'
import { type AcceptedCodes, type Command, type Environment, type Extra, SYSTEM_PATH } from '../../plan/command.ts'
import type { HostFacts } from '../../plan/loading.ts'
import type { ProcessContext } from './schema/commands.ts'
import { REFER_HINT } from './schema/schema-helpers.ts'
import { parseSecretText } from './secret-text.ts'

/** The environment of commands at some location of the configuration, including enclosing settings. */
export interface Settings {
  readonly values: Environment['values']
  /** The defaults in `values`, which were not configured. */
  readonly inherited: readonly string[]
  /** The search path if the environment has no PATH. */
  readonly fallbackPath: readonly string[]
  readonly workingFolder?: string
  readonly user?: string
  readonly nice?: number
  readonly ionice?: NonNullable<Command['ionice']>
}

const MINIMAL_PATH = ['/bin', '/usr/bin']

/** The variables that commands inherit by default. */
export function hostSettings({ environment = {} }: HostFacts): Settings {
  return { values: environment, inherited: Object.keys(environment), fallbackPath: SYSTEM_PATH }
}

/** The settings inside a location with `input`. */
export function innerSettings(
  outer: Settings,
  input: ProcessContext,
  { at, report }: { readonly at: LocatedNode; readonly report: Report },
): Settings {
  const exactly = input['environment-exactly']
  if (exactly && input.environment)
    report.error(locationOf(memberOf(at, 'environment') ?? at), '"environment" and "environment-exactly" cannot be combined')
  const [ioniceClass, level] = input.ionice?.split(' ') ?? []
  return {
    ...outer,
    ...(exactly && { values: readVariables(exactly, memberOf(at, 'environment-exactly'), report), inherited: [], fallbackPath: MINIMAL_PATH }),
    ...(input.environment && addVariables(outer, readVariables(input.environment, memberOf(at, 'environment'), report))),
    ...(input['working-folder'] !== undefined && { workingFolder: input['working-folder'] }),
    ...(input.user !== undefined && { user: input.user }),
    ...(input.nice !== undefined && { nice: input.nice }),
    ...(ioniceClass !== undefined && {
      ionice: { class: ioniceClass as 'idle' | 'best-effort', ...(level !== undefined && { level: Number(level) }) },
    }),
  }
}

function addVariables({ values, inherited }: Settings, added: Environment['values']): Pick<Settings, 'values' | 'inherited'> {
  return { values: { ...values, ...added }, inherited: inherited.filter((name) => !Object.hasOwn(added, name)) }
}

const SECRET_NAME = /pass(?:word|wd|phrase)?|secret|token|api_?key/iu

/** Variables with their values: texts or references to secrets. Errors are reported at their locations below `at`. */
export function readVariables(input: Readonly<Record<string, string>>, at: LocatedNode | undefined, report: Report): Environment['values'] {
  const values: Record<string, Environment['values'][string]> = {}
  for (const [name, value] of Object.entries(input)) {
    const spot = at && locationOf(memberOf(at, name) ?? at)
    const read = parseSecretText(value)
    if (!spot) continue
    if (read.kind === 'wrong') {
      report.error(spot, read.message, read.hint)
      continue
    }
    const [only = '', ...more] = read.parts
    values[name] = more.length === 0 ? only : { kind: 'joined', parts: read.parts }
    if (typeof values[name] === 'string' && SECRET_NAME.test(name))
      report.warn(spot, `${quoted(name)} seems to contain a secret in plain text`, REFER_HINT)
  }
  return values
}

/** The settings of a compressor or encryption program: run as the user of Holdfast, in the caller's folder, without the secrets of the source. */
export function filterSettings({ values, inherited, fallbackPath, nice, ionice }: Settings): Settings {
  const open = Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string'))
  return { values: open, inherited, fallbackPath, ...(nice !== undefined && { nice }), ...(ionice && { ionice }) }
}

export interface CommandOptions {
  readonly accept?: AcceptedCodes
  readonly extras?: readonly Extra[]
  /** Added to the environment. */
  readonly values?: Environment['values']
  readonly showStdout?: Command['showStdout']
  readonly showStderr?: Command['showStderr']
  readonly isFilter?: true
}

export function commandIn(settings: Settings, argv: Command['argv'], options: CommandOptions = {}): Command {
  const { accept = { min: 0, max: 0 }, extras, values: more, showStdout = 'always', showStderr = 'verbose', isFilter } = options
  const { values: outer, inherited: all, fallbackPath, ...rest } = settings
  // The home folder of another user is unknown; programs determine it themselves.
  const { HOME, ...withoutHome } = outer
  const values = { ...(rest.user !== undefined && HOME !== undefined && all.includes('HOME') ? withoutHome : outer), ...more }
  const inherited = all.filter((name) => Object.hasOwn(values, name))
  return {
    argv,
    environment: { kind: 'exactly', values, ...(inherited.length > 0 && { inherited }) },
    searchPath: searchPathOf(values, fallbackPath),
    accept,
    showStdout,
    showStderr,
    ...rest,
    ...(extras && { extras }),
    ...(isFilter && { isFilter }),
  }
}

function searchPathOf(values: Environment['values'], fallbackPath: readonly string[]): readonly string[] {
  const path = values['PATH']
  if (typeof path !== 'string') return fallbackPath
  // Nothing is added to the only PATH.
  return fallbackPath === MINIMAL_PATH ? path.split(':') : [...new Set([...path.split(':'), ...fallbackPath])]
}
