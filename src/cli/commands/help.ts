import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { PALHM_COMMANDS } from '../../config/ancestors.ts'
import type { CommandSpec } from '../args/command-spec.ts'
import { COMMAND_NAMES, COMMANDS } from '../args/commands.ts'
import { isPalhm } from '../args/dialects.ts'
import type { Invocation } from '../args/options.ts'
import { renderExitCodes, renderHelp, unknownCommand } from '../args/parse-command-line.ts'
import type { CliHost } from '../cli-host.ts'

/** `help [COMMAND]` */
export async function showHelp({ args: [word], global: { invokedAs } }: Invocation, { stdout }: CliHost): Promise<Exit> {
  const text = isPalhm(invokedAs) ? renderPalhmHelp(invokedAs, word) : renderHelp(invokedAs, word)
  if (text === undefined) throw unknownCommand(word ?? '', COMMAND_NAMES)
  stdout.write(text)
  return exitWith('ok')
}

const PALHM_OPTIONS = '[-q | -v ...] [-f FILE]'

const PALHM_OPTION_LINES = [
  'Options, before the command:',
  '  -q                print errors only',
  '  -v                print more; repeat for even more',
  '  -f FILE           the configuration file',
]

/** The help under the ancestor's name: short options, before the command. The word has been checked. */
function renderPalhmHelp(name: string, word: string | undefined): string {
  const commands = COMMANDS.filter((spec) => PALHM_COMMANDS.some((it) => it === spec.name))
  const one = commands.find((spec) => spec.name === word)
  if (one !== undefined)
    return `${[`Usage: ${name} ${PALHM_OPTIONS} ${usageOf(one.name)}`, '', summaryOf(one), '', ...PALHM_OPTION_LINES].join('\n')}\n`
  const rows = commands.map((spec) => `  ${usageOf(spec.name).padEnd(16)}  ${summaryOf(spec)}`)
  return `${[
    `Usage: ${name} ${PALHM_OPTIONS} COMMAND`,
    '',
    ...PALHM_OPTION_LINES,
    '',
    'Commands:',
    ...rows,
    '',
    renderExitCodes(),
    '',
    'Called as "holdfast", the program has more commands: see "holdfast help".',
  ].join('\n')}\n`
}

/** `config` has no words under this name. */
function summaryOf({ name, summary }: Pick<CommandSpec, 'name' | 'summary'>): string {
  return name === 'config' ? 'load the configuration, and print it' : summary
}

function usageOf(command: string): string {
  return { run: 'run [TASK]', help: 'help [COMMAND]' }[command] ?? command
}
