import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { OutputText } from '../../log/output-text.tsx'
import { State } from '../../ui/state.tsx'
import type { RunStage } from './timeline-rows.ts'

/** The stages of an object, in the order of the data flow, with their output. */
export function Pipeline({ stages }: { stages: readonly RunStage[] }) {
  const { run } = useMessages()
  const { duration } = useFormat()
  const longest = Math.max(...stages.map((it) => it.durationMs))
  return (
    <ol className="pipeline">
      {stages.map((stage, index) => {
        const isBad = stage.signal !== null || (stage.exitCode !== null && stage.exitCode !== 0)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: stages have no other name, and do not move
          <li key={index} className={isBad ? 'stage bad' : 'stage'}>
            <div className="row">
              <State state={isBad ? 'failed' : 'ok'}>
                <strong title={stage.exec ?? undefined}>{stage.program}</strong>
              </State>
              <span className="small muted">{duration(stage.durationMs)}</span>
              {isBad && (
                <span className="small">{stage.signal === null ? `${run.exitCode} ${stage.exitCode}` : `${run.signal} ${stage.signal}`}</span>
              )}
              {!isBad && stages.length > 1 && stage.durationMs === longest && <span className="small muted">{run.slowest}</span>}
            </div>
            {stage.stderr.trim() !== '' && <OutputText text={stage.stderr} />}
          </li>
        )
      })}
    </ol>
  )
}
