import type { Run } from '../../../../src/api/schema/runs.ts'
import { useMay } from '../../app/session.tsx'
import { millis, Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useServerNow } from '../../live/clock.ts'
import { State } from '../../ui/state.tsx'
import { RunButton } from '../tasks/run-button.tsx'
import { starterOf } from './starter.ts'
import { StopButton } from './stop-button.tsx'

export function RunHead({ run }: { run: Run }) {
  const messages = useMessages()
  const mayRun = useMay('operator') && run.host === 'local'
  const isRunning = run.state === 'running'
  return (
    <div className="head run-head">
      <div className="grow">
        <h1>{run.task}</h1>
        <p className="row">
          <State state={run.state}>
            <RunDuration run={run} />
          </State>
          <span className="muted">
            {messages.run.began} <Time at={run.began} absolute isStop />
          </span>
          {run.isAhead && <State state="warning">{messages.run.isAhead}</State>}
          <span className="muted">
            {messages.run.startedBy} {starterOf(run, messages)}
          </span>
        </p>
      </div>
      {isRunning && run.canStop && mayRun && <StopButton run={run} />}
      {!isRunning && mayRun && <RunButton task={run.task} label={messages.run.again} />}
    </div>
  )
}

/** `failed after 14 min 2 s`, `running for 3 min 20 s`. */
function RunDuration({ run: { state, began, durationMs } }: { run: Run }) {
  const messages = useMessages()
  const { duration } = useFormat()
  const now = useServerNow(state === 'running' ? 1 : 3600)
  if (state === 'running') return messages.run.runningFor(duration(Math.max(0, now - millis(began))))
  const name = messages.states[state]
  return durationMs === null ? name : messages.run.failedIn(name, duration(durationMs))
}
