import type { ObjectSpec } from '../../plan/plan.ts'
import type { StageFacts } from '../../process/process-result.ts'
import type { PipelineCall, Processes } from '../../process/processes.ts'
import { BackupError } from '../set/errors.ts'

/** What is known about an object beside its bytes: a server's version, a number of files. */
export type ObjectFacts = Readonly<Record<string, string | number>>

/** Asks an object's probes, one after another. Rejects with the first that fails: who cannot be asked cannot be dumped either. */
export async function askProbes({ probes = [] }: ObjectSpec, processes: Processes, call: PipelineCall): Promise<ObjectFacts> {
  const facts: Record<string, string> = {}
  for (const { name, command } of probes) {
    const { output, done } = await processes.startPipeline([command], { kind: 'stream' }, call)
    const chunks = await output.toArray().catch(() => [])
    await done
    facts[name] = Buffer.concat(chunks).toString('utf8').trimStart().split('\n', 1)[0] ?? ''
  }
  return facts
}

/** Throws `backup/incomplete` when the dump does not end with its end mark: it is not whole, whatever the exit codes say. */
export function checkEndMark({ endMark, path, stages: commands }: ObjectSpec, stages: readonly StageFacts[]): void {
  if (endMark === undefined) return
  const tail = stages[endMark.stage]?.taps?.find((tap) => typeof tap === 'string') ?? ''
  if (new RegExp(endMark.pattern, 'u').test(String(tail))) return
  const dump = commands[0]?.argv[0] ?? path
  throw new BackupError('incomplete', `the dump for "${path}" is incomplete: its end mark is missing`, {
    hint: `"${dump}" reported success. Run it manually, and check the log of the server.`,
  })
}

/** What the taps counted. */
export function countsOf(stages: readonly StageFacts[]): ObjectFacts {
  const entries = stages.flatMap(({ taps = [] }) => taps).find((tap) => typeof tap === 'number')
  return entries === undefined ? {} : { entries }
}

const NOTED_LINES = 3

/** What stages said that ended with an accepted code other than 0: a file that changed while it was read. */
export function remarksOf(stages: readonly StageFacts[]): readonly string[] {
  return stages
    .filter(({ exitCode, stderrTail }) => exitCode !== undefined && exitCode !== 0 && stderrTail.trim() !== '')
    .map(({ program, exitCode, stderrTail }) => {
      const lines = stderrTail.trim().split('\n')
      const more = lines.length > NOTED_LINES ? ` (and ${lines.length - NOTED_LINES} more lines)` : ''
      return `"${program}" ended with exit code ${exitCode}: ${lines.slice(0, NOTED_LINES).join('; ')}${more}`
    })
}
