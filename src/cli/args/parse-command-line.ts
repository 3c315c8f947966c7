import { Command, CommanderError, Option } from 'commander'
import { CHECK_EXIT_CODES, EXIT_CODES } from '../../app/host/exit-codes.ts'
import { UsageError } from '../../app/usage-error.ts'
import { VERSION } from '../../lib/assets.ts'
import { nearest } from '../../lib/suggest.ts'
import type { CommandSpec } from './command-spec.ts'
import { COMMAND_NAMES, COMMANDS, type CommandName } from './commands.ts'
import type { Invocation } from './options.ts'
import { GLOBAL_OPTIONS } from './shared-options.ts'

const HELP_WIDTH = 110

/** The result of a command line: a command, or only a text (`--help`). */
export type Parsed =
  | { readonly kind: 'command'; readonly command: CommandName; readonly invocation: Invocation }
  | { readonly kind: 'text'; readonly text: string }

/** Parses a command line with options in any position. Throws `UsageError`. */
export function parseCommandLine(argv: readonly string[], invokedAs: string): Parsed {
  let found: Parsed | undefined
  let text = ''
  const choose = (command: CommandName, invocation: Invocation) => {
    found = { kind: 'command', command, invocation }
  }
  const program = buildProgram(invokedAs, choose, isPossible(argv))
  const catchText = {
    writeOut: (chunk: string) => {
      text += chunk
    },
    writeErr: () => undefined,
  }
  for (const command of [program, ...program.commands]) command.configureOutput(catchText)
  try {
    program.parse(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'text', text }
    throw usageError(error, invokedAs)
  }
  if (found === undefined) throw new UsageError('missing command', { hint: seeHelp(invokedAs) })
  return found
}

/**
 * Which commands the command line may contain, options and their values included: only their parameters and options are declared, because declaring all
 * takes a tenth of a start. All, for a help that lists the commands.
 */
function isPossible(argv: readonly string[]): (spec: CommandSpec) => boolean {
  if (argv.some((word) => /^-\w*h|^--help$/u.test(word))) return () => true
  return ({ name, aliases = [] }) => [name, ...aliases].some((it) => argv.includes(it))
}

/** The help for the program, or for one command; undefined for an unknown command. */
export function renderHelp(invokedAs: string, commandName?: string): string | undefined {
  const program = buildProgram(
    invokedAs,
    () => undefined,
    () => true,
  )
  const command = commandName === undefined ? program : program.commands.find((it) => it.name() === commandName)
  if (command === undefined) return undefined
  let text = ''
  command.configureOutput({
    writeOut: (chunk) => {
      text += chunk
    },
  })
  command.outputHelp()
  return text
}

export function renderExitCodes(): string {
  const rows = Object.values(EXIT_CODES).map(([code, meaning]) => `  ${code}  ${meaning}`)
  const answers = Object.values(CHECK_EXIT_CODES).map(([code, word]) => `${code} ${word}`)
  return [
    'Exit codes:',
    ...rows,
    `  Of "check": ${answers.join(', ')}.`,
    '  A run that is stopped by a signal is rolled back and then terminates by that signal.',
  ].join('\n')
}

function buildProgram(
  invokedAs: string,
  choose: (command: CommandName, invocation: Invocation) => void,
  isDeclared: (spec: CommandSpec) => boolean,
): Command {
  const { quiet, verbose, file, unsafe, version, help } = GLOBAL_OPTIONS
  const program = new Command(invokedAs)
    .usage('[options] <command>')
    .description('Maintains Linux hosts and backs up their data.')
    .addOption(new Option(quiet.flags, quiet.description).conflicts('verbose'))
    .addOption(new Option(verbose.flags, verbose.description).argParser((_, before: number | undefined) => (before ?? 0) + 1))
    .option(file.flags, file.description)
    .option(unsafe.flags, unsafe.description)
    .version(VERSION, version.flags, version.description)
    .helpOption(help.flags, help.description)
    .addHelpText('after', `\n${renderExitCodes()}`)
    .helpCommand(false)
    .exitOverride()
  program.configureHelp({ helpWidth: HELP_WIDTH })
  for (const spec of COMMANDS) {
    const command = addCommand(program, spec)
    if (isDeclared(spec)) declare(command, spec, (invocation) => choose(spec.name, invocation))
  }
  return program
}

function addCommand(program: Command, spec: CommandSpec): Command {
  return program
    .command(spec.name)
    .description(spec.summary)
    .aliases(spec.aliases ?? [])
    .helpOption('-h, --help', 'show help for this command')
    .configureHelp({ helpWidth: HELP_WIDTH, showGlobalOptions: true })
}

function declare(command: Command, spec: CommandSpec, choose: (invocation: Invocation) => void): void {
  for (const { name, description } of spec.parameters) command.argument(name, description)
  for (const { flags, description } of spec.options) command.option(flags, description)
  command.action(() => {
    const program = command.parent as Command
    const { quiet = false, verbose = 0, file, allowUnsafePermissions = false } = program.opts<ProgramOptions>()
    choose({
      args: command.args,
      options: command.opts(),
      global: {
        invokedAs: program.name(),
        quiet,
        verbose,
        ...(file !== undefined && { file }),
        ...(allowUnsafePermissions && { allowsUnsafe: true }),
      },
    })
  })
}

interface ProgramOptions {
  readonly quiet?: boolean
  readonly verbose?: number
  readonly file?: string
  readonly allowUnsafePermissions?: boolean
}

// Commander's messages have the form `error: unknown option '--jsn'\n(Did you mean --json?)`; Holdfast quotes with ", and separates the hint.
function usageError(error: CommanderError, invokedAs: string): UsageError {
  const word = /^error: unknown command '(?<word>.*)'/su.exec(error.message)?.groups?.['word']
  if (word !== undefined) return unknownCommand(word, COMMAND_NAMES)
  if (error.code === 'commander.help') return new UsageError('missing command', { hint: seeHelp(invokedAs) })
  const [first = '', ...rest] = error.message.replace(/^error: /u, '').split('\n')
  const guess = /\(Did you mean (?<one>.*)\?\)/u.exec(rest.join(' '))?.groups?.['one']
  const message = first.replaceAll("'", '"').replace(/\.$/u, '')
  return new UsageError(message, { hint: guess === undefined ? seeHelp(invokedAs) : `Did you mean "${guess}"? ${seeHelp(invokedAs)}` })
}

function seeHelp(invokedAs: string): string {
  return `See "${invokedAs} help" for usage.`
}

/** The error for an unknown command, with the most similar of `names`. */
export function unknownCommand(word: string, names: readonly string[]): UsageError {
  const guess = nearest(word, names)
  return new UsageError(`unknown command "${word}"`, {
    hint: `${guess === undefined ? '' : `Did you mean "${guess}"? `}Available commands: ${names.join(', ')}.`,
  })
}
