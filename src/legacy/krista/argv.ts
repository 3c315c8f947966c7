/** A parsed command line of the ancestor. Options can be in any position, and can be abbreviated if unambiguous. */
export type KristaArgv =
  | KristaCall
  | { readonly kind: 'help'; readonly command?: KristaCommand }
  | { readonly kind: 'version' }
  /** A command that the ancestor did not have. */
  | { readonly kind: 'other' }
  | { readonly kind: 'usage'; readonly message: string; readonly hint: string }

export interface KristaCall {
  readonly kind: 'call'
  readonly command: KristaCommand
  /** `run`, `enable`, `disable`: the name of a task or action. `web`: the following words. */
  readonly args: readonly string[]
  /** `run`: only report what would be done. `web`: `api`. `web users add|upd`: `plain`, `admin`. */
  readonly flags: readonly ('dry' | 'api' | 'plain' | 'admin')[]
  readonly quiet: boolean
  readonly verbose: boolean
  readonly file?: string
}

export const KRISTA_COMMANDS = ['run', 'enable', 'disable', 'web'] as const
export type KristaCommand = (typeof KRISTA_COMMANDS)[number]

const SHORT: ReadonlyMap<string, KristaCommand> = new Map([
  ['en', 'enable'],
  ['dis', 'disable'],
])

type Option = 'help' | 'version' | 'verbose' | 'quiet' | 'file' | KristaCall['flags'][number]

type Names = Readonly<Record<string, Option>>

const COMMON: Names = { help: 'help', version: 'version', verbose: 'verbose', quiet: 'quiet', file: 'file' }
const OWN: Readonly<Record<KristaCommand | 'web users', Names>> = {
  run: { dry: 'dry' },
  enable: {},
  disable: {},
  web: { api: 'api', webapi: 'api' },
  'web users': { plain: 'plain', admin: 'admin' },
}
const LETTERS: Readonly<Record<string, Option>> = { h: 'help', v: 'verbose', q: 'quiet', f: 'file' }

const HINT = 'Run it with --help for usage.'

/** Parses the words after the program's name. A `usage` result ends the program with 2. */
export function kristaArgv(argv: readonly string[]): KristaArgv {
  const split = splitWords(argv)
  if (typeof split === 'string') return usage(split)
  const [word, ...args] = split.words
  const command = word === undefined ? undefined : (SHORT.get(word) ?? KRISTA_COMMANDS.find((it) => it === word))
  if (word !== undefined && command === undefined) return { kind: 'other' }
  const options = readOptions(split.options, { ...COMMON, ...(command && OWN[isAboutUsers(command, args) ? 'web users' : command]) })
  if (typeof options === 'string') return usage(options)
  if (options.has('help')) return { kind: 'help', ...(command && { command }) }
  if (options.has('version')) return { kind: 'version' }
  if (command === undefined) return usage('missing command')
  const why = whyNoCall(command, args, options)
  if (why !== undefined) return usage(why)
  const flags = (['dry', 'api', 'plain', 'admin'] as const).filter((it) => options.has(it))
  const { file } = split
  return { kind: 'call', command, args, flags, quiet: options.has('quiet'), verbose: options.has('verbose'), ...(file !== undefined && { file }) }
}

function isAboutUsers(command: KristaCommand, [word]: readonly string[]): boolean {
  return command === 'web' && word === 'users'
}

function whyNoCall(command: KristaCommand, args: readonly string[], options: ReadonlySet<Option>): string | undefined {
  if (options.has('quiet') && options.has('verbose')) return 'options -q and -v cannot be combined'
  return command === 'web' ? whyNoWeb(args, options) : whyNoUnit(command, args)
}

interface Split {
  readonly words: readonly string[]
  /** As typed, without values. */
  readonly options: readonly string[]
  readonly file?: string
}

function splitWords(argv: readonly string[]): Split | string {
  const end = argv.indexOf('--')
  const rest = argv.slice(0, end === -1 ? undefined : end).values()
  const words: string[] = []
  const options: string[] = []
  const files: (string | undefined)[] = []
  for (const word of rest) {
    const file = readFile(word)
    if (file !== undefined) files.push(file === '' ? rest.next().value : file)
    else if (word.startsWith('-') && word !== '-') options.push(word)
    else words.push(word)
  }
  if (files.includes(undefined)) return 'missing argument of option -f'
  const file = files.at(-1)
  return { words: end === -1 ? words : [...words, ...argv.slice(end + 1)], options, ...(file !== undefined && { file }) }
}

/** The value of `-fFILE` or `--file=FILE`; empty if it is the next word; undefined for any other word. */
function readFile(word: string): string | undefined {
  const { short, long } = /^(?:-f(?<short>.*)|--f(?:i(?:l(?:e)?)?)?(?:=(?<long>.+))?)$/su.exec(word)?.groups ?? {}
  if (short !== undefined) return short
  return /^--f/u.test(word) && /^--f(?:i(?:le?)?)?(?:=.+)?$/su.test(word) ? (long ?? '') : undefined
}

function readOptions(typed: readonly string[], names: Names): ReadonlySet<Option> | string {
  const found = new Set<Option>()
  for (const word of typed) {
    const options = word.startsWith('--') ? longOption(word.slice(2), names) : lettersOf(word)
    if (typeof options === 'string') return options
    for (const it of options) found.add(it)
  }
  return found
}

function longOption(name: string, names: Names): readonly Option[] | string {
  const exact = Object.hasOwn(names, name) ? names[name] : undefined
  if (exact !== undefined) return [exact]
  const meant = Object.keys(names).filter((it) => it.startsWith(name))
  if (new Set(meant.map((it) => names[it])).size === 1) return meant.flatMap((it) => names[it] ?? []).slice(0, 1)
  const typed = JSON.stringify(`--${name}`)
  return meant.length === 0 ? `unknown option ${typed}` : `ambiguous option ${typed}: could be ${meant.map((it) => `--${it}`).join(' or ')}`
}

function lettersOf(word: string): readonly Option[] | string {
  const letters = [...word.slice(1)].map((letter) => LETTERS[letter])
  return letters.every((it) => it !== undefined && it !== 'file')
    ? letters.filter((it) => it !== undefined)
    : `unknown option ${JSON.stringify(word)}`
}

function whyNoUnit(command: KristaCommand, [unit, ...more]: readonly string[]): string | undefined {
  if (unit === undefined || unit === '') return `missing argument of "${command}": name of a task${command === 'run' ? ' or action' : ', or "all"'}`
  return more.length === 0 ? undefined : `unexpected argument ${JSON.stringify(more[0])}`
}

const USER_WORDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    list: [],
    add: ['a user', 'an address', 'a password'],
    upd: ['a user', 'an address', 'a password'],
    rm: ['a user'],
  }),
)

function whyNoUsers([word, ...more]: readonly string[], options: ReadonlySet<Option>): string | undefined {
  if (word === undefined) return 'missing subcommand of "web users"; expected list, add, upd or rm'
  const needs = USER_WORDS.get(word)
  if (!needs) return `unknown subcommand ${JSON.stringify(word)} of "web users"`
  const roles = [options.has('plain'), options.has('admin')].filter(Boolean).length
  if (roles > 1) return 'options --plain and --admin cannot be combined'
  if (roles > 0 && needs.length < 3) return `options --plain and --admin are not supported by "web users ${word}"`
  return more.length === needs.length
    ? undefined
    : `wrong number of arguments of "web users ${word}": expected ${needs.length === 0 ? 'none' : needs.join(', ')}`
}

function whyNoWeb([word, ...more]: readonly string[], options: ReadonlySet<Option>): string | undefined {
  if (word === 'users') return whyNoUsers(more, options)
  if (word === undefined) return 'missing subcommand of "web"; expected start, stop or users'
  if (word !== 'start' && word !== 'stop') return `unknown subcommand ${JSON.stringify(word)} of "web"`
  return more.length === 0 ? undefined : `unexpected argument ${JSON.stringify(more[0])}`
}

function usage(message: string): KristaArgv {
  return { kind: 'usage', message, hint: HINT }
}
