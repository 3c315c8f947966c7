import type { JobProgress } from '../../../../src/api/schema/jobs.ts'
import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { LivePipeline } from './live-pipeline.tsx'

/** How far a command is that reads a set: all objects together, then those in progress with their stages. */
export function JobProgressView({ progress: { objects, finished, wanted, doneBytes, totalBytes, bytesPerSecond } }: { progress: JobProgress }) {
  const { job, common } = useMessages()
  const { bytes, roughly } = useFormat()
  const left = bytesPerSecond === null || bytesPerSecond === 0 ? undefined : ((totalBytes - doneBytes) / bytesPerSecond) * 1000
  return (
    <div className="job-progress">
      <p className="row">
        <progress max={Math.max(1, totalBytes)} value={doneBytes} aria-label={job.read} />
        <span>{job.bytesRead(bytes(doneBytes), bytes(totalBytes))}</span>
        <span className="muted">{job.objectsRead(finished, wanted)}</span>
        {bytesPerSecond !== null && <span className="muted">{common.perSecond(bytes(bytesPerSecond))}</span>}
        {left !== undefined && left >= 1000 && <span className="muted">{job.left(roughly(left))}</span>}
      </p>
      {objects.map((it) => (
        <section key={it.path} aria-label={it.path}>
          <p className="row small">
            <strong className="any">{it.path}</strong>
            <span>{job.bytesRead(bytes(it.bytes), bytes(it.expectedBytes))}</span>
            {it.bytesPerSecond !== null && <span className="muted">{common.perSecond(bytes(it.bytesPerSecond))}</span>}
          </p>
          {it.pipeline && <LivePipeline live={it.pipeline} />}
        </section>
      ))}
    </div>
  )
}
