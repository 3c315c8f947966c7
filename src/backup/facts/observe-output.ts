import { existsSync } from 'node:fs'
import type { Command } from '../../plan/command.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import type { StageFacts } from '../../process/process-result.ts'
import type { PipelineActivity } from '../../process/stage-activity.ts'
import { TOOL_ENVIRONMENT } from '../../process/tool/run-tool.ts'
import type { DumpFacts } from '../set/dump-facts.ts'
import { type DumpWatch, watchBytes, watchDump } from './watch-dump.ts'
import { watchSqliteCopy } from './watch-sqlite-copy.ts'

type Digest = Pick<DumpFacts, 'bytes' | 'sha256'>

/** What was made, as far as the facts of its source may follow from it. */
interface MadeOutput {
  /** Of the stored bytes; its `sha256` is empty if nothing is stored. */
  readonly digest: Digest
  readonly stages: readonly StageFacts[]
}

/** The output of the source of an object, which is observed while the object is made. */
export interface ObservedOutput {
  /** The object as it is run: a stage may be added after its source. */
  readonly object: ObjectSpec
  /** Receives the output of the source, or what its program reports about it. Absent: it is not read by Holdfast. */
  readonly watch?: Pick<DumpWatch, 'see' | 'failure'>
  facts(made: MadeOutput): DumpFacts | undefined
}

/** For one execution of the pipeline of an object. Without filters, the stored data is the output of the source, and is digested anyway. */
export function observeOutput(object: ObjectSpec): ObservedOutput {
  const { source, stages, endMark } = object
  const counted = endMark && watchDump(source?.kind)
  if (counted !== undefined) return { object, watch: counted, facts: () => counted.end() }
  switch (source?.kind) {
    case 'sqlite': {
      const watch = watchSqliteCopy()
      return { object, watch, facts: watch.facts }
    }
    case 'files':
    case 'host-facts': {
      if (stages.length === 1) return { object, facts: ({ digest }) => (digest.sha256 === '' ? undefined : digest) }
      if (!hasCopier(object)) return { object, facts: () => undefined }
      const whole = watchBytes()
      return { object: { ...object, stages: stages.toSpliced(1, 0, copier(stages[1])) }, watch: whole, facts: () => whole.end() }
    }
    default:
      return { object, facts: () => undefined }
  }
}

/** The stages of the plan among those that were run, without the process after them that writes a file. */
export function stagesOfPlan(object: ObjectSpec, stages: readonly StageFacts[]): readonly StageFacts[] {
  const planned = hasCopier(object) ? stages.toSpliced(1, 1) : stages
  return planned.slice(0, object.stages.length)
}

/** The same of their activity. The copier waits for Holdfast or for a filter; which one is not clear. */
export function activityOfPlan(object: ObjectSpec, { stages, slowest }: PipelineActivity): PipelineActivity {
  if (!hasCopier(object)) return { stages, ...(slowest !== undefined && { slowest }) }
  const place = slowest === undefined || slowest === 1 ? undefined : slowest - Number(slowest > 1)
  return { stages: stages.toSpliced(1, 1), ...(place !== undefined && { slowest: place }) }
}

/** Facts of the host are small. */
function hasCopier({ source, stages }: ObjectSpec): boolean {
  return stages.length > 1 && (source?.kind === 'host-facts' || (source?.kind === 'files' && source.isDigested === true))
}

/** Passes on the output of the source, and also to Holdfast, at the priority of the filter after it. */
function copier({ nice, ionice }: Partial<Pick<Command, 'nice' | 'ionice'>> = {}): Command {
  return {
    argv: ['tee', '/dev/fd/3'],
    environment: { kind: 'exactly', values: TOOL_ENVIRONMENT },
    searchPath: ['/bin', '/usr/bin'].filter((folder) => existsSync(folder)),
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'never',
    extras: [{ kind: 'tap', collect: 'tail' }],
    ...(nice !== undefined && { nice }),
    ...(ionice && { ionice }),
  }
}
