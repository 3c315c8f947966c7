import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { PALHM_COMMANDS } from '../../config/ancestors.ts'
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

/** The help under the ancestor's name: short options, before the command. The word has been checked. */
function renderPalhmHelp(name: string, word: string | undefined): string {
  const commands = COMMANDS.filter((spec) => PALHM_COMMANDS.some((it) => it === spec.name))
  const one = commands.find((spec) => spec.name === word)
  if (one !== undefined) return `Usage: ${name} [options] ${usageOf(one.name)}\n\n${one.summary}\n`
  const rows = commands.map((spec) => `  ${usageOf(spec.name).padEnd(16)}  ${spec.summary}`)
  return `${[
    `Usage: ${name} [-q | -v ...] [-f FILE] COMMAND`,
    '',
    'Options, before the command:',
    '  -q                print errors only',
    '  -v                print more; repeat for even more',
    '  -f FILE           the configuration file',
    '',
    'Commands:',
    ...rows,
    '',
    renderExitCodes(),
    '',
    'Called as "holdfast", the program has more commands: see "holdfast help".',
  ].join('\n')}\n`
}

function usageOf(command: string): string {
  return { run: 'run [TASK]', help: 'help [COMMAND]' }[command] ?? command
}
