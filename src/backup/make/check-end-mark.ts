import type { ObjectSpec } from '../../plan/plan.ts'
import type { StageFacts } from '../../process/process-result.ts'
import { BackupError } from '../set/errors.ts'

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
