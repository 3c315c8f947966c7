import { existsSync } from 'node:fs'
import { OBSERVER } from '../../lib/assets.ts'
import type { Command } from '../../plan/command.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import type { StageFacts } from '../../process/process-result.ts'
import type { PipelineActivity } from '../../process/stage-activity.ts'
import { TOOL_ENVIRONMENT } from '../../process/tool/run-tool.ts'
import type { DumpFacts } from '../set/dump-facts.ts'
import type { DumpReport } from './pass-dump.ts'
import { type DumpWatch, type Watched, watchBytes, watchDump } from './watch-dump.ts'
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

// Estimated: for smaller dumps, starting a process of its own is not worth it.
const LARGE_BYTES = 32 * 1024 * 1024

/**
 * For one execution of the pipeline of an object. Without filters, the stored data is the output of the source, and is digested anyway. `expectedBytes`: the
 * size of the dump in the last set.
 */
export function observeOutput(object: ObjectSpec, expectedBytes = 0): ObservedOutput {
  const { source, stages, endMark } = object
  const isStored = endMark?.stage === stages.length - 1
  const watched = { isDigested: !isStored, hasTables: hasTableDigests(source) }
  const counted = endMark && watchDump(source?.kind, watched)
  if (counted !== undefined) {
    const own = expectedBytes < LARGE_BYTES ? undefined : observedByProcess(object, watched)
    const end = own?.watch.end ?? (() => counted.end())
    const facts = ({ digest }: MadeOutput) => (isStored ? ofStored(end(), digest) : end())
    return own ? { ...own, facts } : { object, watch: counted, facts }
  }
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

/** With the digest of the stored file, and the size of what was passed on: another size of the file is found by verification. */
function ofStored(facts: DumpFacts | undefined, { sha256 }: Digest): DumpFacts | undefined {
  return facts && sha256 !== '' ? { ...facts, sha256 } : undefined
}

/**
 * With the observer instead of the program that copies the dump to Holdfast: the data is copied once less, in larger pieces, and by a process that may write
 * the file. Undefined if the dump is also observed for something else.
 */
function observedByProcess(
  object: ObjectSpec,
  { isDigested, hasTables }: Required<Watched>,
): { readonly object: ObjectSpec; readonly watch: ReportWatch } | undefined {
  const { source, endMark, stages } = object
  if (source === undefined || endMark === undefined) return undefined
  const { extras = [], nice, ionice } = stages[endMark.stage] ?? {}
  if (extras.length !== 1) return undefined
  const observer: Command = {
    argv: [...OBSERVER, source.kind, ...(isDigested ? [] : ['no-digest']), ...(hasTables ? ['table-digests'] : [])],
    environment: { kind: 'exactly', values: TOOL_ENVIRONMENT },
    searchPath: [],
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'never',
    extras: [
      { kind: 'tap', collect: 'end' },
      { kind: 'tap', collect: 'tail' },
    ],
    isFilter: true,
    ...(nice !== undefined && { nice }),
    ...(ionice && { ionice }),
  }
  return { object: { ...object, stages: stages.with(endMark.stage, observer) }, watch: watchReport() }
}

interface ReportWatch extends Pick<DumpWatch, 'see' | 'failure'> {
  readonly end: () => DumpFacts | undefined
}

/** Reads what the observer reports. */
function watchReport(): ReportWatch {
  const chunks: Buffer[] = []
  let failure: string | undefined
  return {
    see: (chunk) => chunks.push(Buffer.from(chunk)),
    end() {
      const report = JSON.parse(Buffer.concat(chunks).toString('utf8')) as DumpReport
      failure = report.failure
      return report.facts
    },
    failure: () => failure,
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

/** Whether the rows of an object are counted while it is made. */
export function isObservedDump({ source, endMark }: ObjectSpec): boolean {
  return endMark !== undefined && (source?.kind === 'postgresql' || source?.kind === 'mariadb')
}

function hasTableDigests(source: ObjectSpec['source']): boolean {
  return (source?.kind === 'postgresql' || source?.kind === 'mariadb') && source.hasTableDigests === true
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
