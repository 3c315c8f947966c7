import type { PipelineActivity } from '../../../../src/api/schema/runs.ts'
import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Icon } from '../icons.tsx'
import { State, type StateName } from '../state.tsx'

type LiveStage = PipelineActivity['stages'][number]

// Below it, a share has no meaning.
const LEAST = 0.05
const BUSY = 0.8

/** The stages of an object in progress, in the order of the data flow: what passes through them, and for which one the others wait. */
export function LivePipeline({ live: { stages, slowest } }: { live: PipelineActivity }) {
  const { run } = useMessages()
  return (
    <div className="live-pipeline">
      <ol className="pipeline" aria-label={run.stages}>
        {stages.map((stage, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: stages have no other name, and do not move
          <LiveStageItem key={index} stage={stage} isSlowest={index === slowest} isLast={index === stages.length - 1} />
        ))}
      </ol>
      <SlowestStage stages={stages} slowest={slowest} />
    </div>
  )
}

function LiveStageItem({ stage, isSlowest, isLast }: { stage: LiveStage; isSlowest: boolean; isLast: boolean }) {
  const { run } = useMessages()
  const state = stateOf(stage)
  return (
    <li className={`stage ${state === 'failed' ? 'bad' : ''} ${isSlowest ? 'slowest' : ''}`}>
      <div className="row">
        <State state={state}>
          <strong className="any" title={stage.exec ?? undefined}>
            {stage.program}
          </strong>
        </State>
        {state === 'failed' && (
          <span className="small">{stage.signal === null ? `${run.exitCode} ${stage.exitCode}` : `${run.signal} ${stage.signal}`}</span>
        )}
        {state === 'ended' && <span className="small muted">{run.stageEnded}</span>}
        {isSlowest && (
          <span className="small slow mark">
            <Icon name="overdue" size={12} /> {run.slowest}
          </span>
        )}
      </div>
      <Flow stage={stage} />
      {state === 'running' && <Load stage={stage} isLast={isLast} />}
    </li>
  )
}

/** `120 MiB → 31 MiB  4 MiB/s`. */
function Flow({ stage: { readBytes, writtenBytes, bytesPerSecond } }: { stage: LiveStage }) {
  const { run, common } = useMessages()
  const { bytes } = useFormat()
  const amount = (count: number | null) => (count === null ? '–' : bytes(count))
  if (readBytes === null && writtenBytes === null) return null
  return (
    <p className="small flow">
      <span aria-hidden="true">{readBytes === null ? amount(writtenBytes) : `${amount(readBytes)} → ${amount(writtenBytes)}`}</span>
      <span className="unseen">{readBytes === null ? amount(writtenBytes) : run.readWritten(amount(readBytes), amount(writtenBytes))}</span>
      {bytesPerSecond !== null && <span className="muted">{common.perSecond(bytes(bytesPerSecond))}</span>}
    </p>
  )
}

/** The share of a core, as a bar and in words, and what it waits for. */
function Load({ stage: { cores, starved, blocked }, isLast }: { stage: LiveStage; isLast: boolean }) {
  const { run } = useMessages()
  const percent = usePercent()
  return (
    <div className="small muted">
      {cores !== null && (
        <>
          <span className="cores" aria-hidden="true">
            <span style={{ width: `${Math.min(1, cores) * 100}%` }} />
          </span>
          <span className="nowrap">{run.ofCore(percent(cores))}</span>
        </>
      )}
      {starved !== null && starved >= LEAST && <div>{run.waitsForData(percent(starved))}</div>}
      {blocked !== null && blocked >= LEAST && <div>{(isLast ? run.waitsForStorage : run.waitsForNext)(percent(blocked))}</div>}
    </div>
  )
}

function SlowestStage({ stages, slowest }: PipelineActivity) {
  const { run } = useMessages()
  const percent = usePercent()
  if (slowest === null) return null
  const stage = stages[slowest]
  if (stage === undefined) return <p className="small">{run.slowestStorage}</p>
  if (stages.length === 1) return null
  const { program, cores } = stage
  return <p className="small any">{cores !== null && cores >= BUSY ? run.slowestBusy(program, percent(cores)) : run.slowestStage(program)}</p>
}

function stateOf({ exitCode, signal }: LiveStage): StateName {
  if (exitCode === null && signal === null) return 'running'
  return exitCode === 0 ? 'ended' : 'failed'
}

function usePercent(): (share: number) => string {
  const { number } = useFormat()
  return (share) => number(Math.round(share * 100))
}
