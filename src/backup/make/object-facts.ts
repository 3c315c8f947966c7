import type { ObjectSpec } from '../../plan/plan.ts'
import type { StageFacts } from '../../process/process-result.ts'
import type { PipelineCall, Processes } from '../../process/processes.ts'
import { BackupError } from '../set/errors.ts'

/** Facts about an object in addition to its bytes: the version of a server, the number of files. */
export type ObjectFacts = Readonly<Record<string, string | number>>

/** Runs the probes of an object, one after another. Rejects with the first failure: a server that does not answer the probe cannot be dumped. */
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

/** Throws `backup/incomplete` if the dump lacks its end mark: it is truncated, regardless of the exit codes. */
export function checkEndMark({ endMark, path, stages: commands }: ObjectSpec, stages: readonly StageFacts[]): void {
  if (endMark === undefined) return
  const tail = stages[endMark.stage]?.taps?.find((tap) => typeof tap === 'string') ?? ''
  if (new RegExp(endMark.pattern, 'u').test(String(tail))) return
  const dump = commands[0]?.argv[0] ?? path
  throw new BackupError('incomplete', `the dump for "${path}" is incomplete: its end mark is missing`, {
    hint: `"${dump}" reported success. Run it manually, and check the log of the server.`,
  })
}

/** The numbers counted by taps. */
export function countsOf(stages: readonly StageFacts[]): ObjectFacts {
  const entries = stages.flatMap(({ taps = [] }) => taps).find((tap) => typeof tap === 'number')
  return entries === undefined ? {} : { entries }
}

const NOTED_LINES = 3

/** The stderr of stages that ended with an accepted code other than 0, for example because a file changed while it was read. */
export function remarksOf(stages: readonly StageFacts[]): readonly string[] {
  return stages
    .filter(({ exitCode, stderrTail }) => exitCode !== undefined && exitCode !== 0 && stderrTail.trim() !== '')
    .map(({ program, exitCode, stderrTail }) => {
      const lines = stderrTail.trim().split('\n')
      const more = lines.length > NOTED_LINES ? ` (and ${lines.length - NOTED_LINES} more lines)` : ''
      return `"${program}" ended with exit code ${exitCode}: ${lines.slice(0, NOTED_LINES).join('; ')}${more}`
    })
}
