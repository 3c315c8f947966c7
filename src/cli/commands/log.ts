import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { openHostJournal } from '../../app/host/host-journal.ts'
import type { RecordedLine } from '../../journal/run-record.ts'
import { printable } from '../../lib/format.ts'
import { effectiveVerbosity, type Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'

/** `log RUN`: the output of the run at the requested verbosity, each line with its time. Output of programs is unmodified, without times. */
export async function printLog({ args: [id = 'latest'], global }: Invocation, host: CliHost): Promise<Exit> {
  const verbosity = effectiveVerbosity(global)
  const log = await openHostJournal(host).log(id)
  host.stdout.write(renderLog(log.filter(({ level }) => level <= verbosity)))
  return exitWith('ok')
}

function renderLog(log: readonly RecordedLine[]): string {
  let text = ''
  for (const line of log) {
    const lines = line.text.split('\n').map(plainLine).join('\n')
    // Output of a program may end in the middle of a line.
    if (line.kind !== 'stderr' && text !== '' && !text.endsWith('\n')) text += '\n'
    text += line.kind === 'stderr' ? lines : `${line.at.toISOString().slice(0, 19)}Z ${lines}`
  }
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function plainLine(line: string): string {
  return printable(line.replace(/\r$/u, '').replaceAll('\t', '  '))
}
