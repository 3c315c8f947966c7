import { JOB_VARIABLE } from '../../app/host/host.ts'
import type { OnReadProgress, ReadProgress } from '../../backup/store/read-progress.ts'
import { counted, formatBytes } from '../../lib/format.ts'
import { LEVEL } from '../../run/describe/describe-event.ts'
import type { CliHost } from '../cli-host.ts'
import { openLiveLines } from './live-lines.ts'
import { renderProgress } from './progress-lines.ts'

/** Shows the progress of reading sets on a terminal; otherwise it shows nothing, but still prints. If the server of the pages has started it, it records it. */
export interface ReadView {
  /** A set is about to be read: `restore 20261120T023000Z`. Nothing is shown before its first bytes. */
  begin(text: string): void
  /** Absent: the progress is not shown. */
  readonly onProgress: OnReadProgress | undefined
  /** Prints whole lines to stderr, above the view. */
  print(text: string): void
  /** The set is finished: following output is not disturbed. */
  end(): void
  close(): void
}

const VIEW_MS = 200

export function openReadView(host: CliHost, { verbosity, json }: { readonly verbosity: number; readonly json: boolean }): ReadView {
  const { stderr, env } = host
  const isLive = !json && verbosity >= LEVEL.INFO && stderr.isTerminal && env['TERM'] !== 'dumb'
  const nothing = () => undefined
  if (!isLive) return { begin: nothing, onProgress: progressOfJob(host), print: (text) => stderr.write(text), end: nothing, close: nothing }
  let text = ''
  let beganMs = 0
  let last: ReadProgress | undefined
  let began = new Map<string, number>()
  const render = () => (last === undefined ? [] : linesOf(last, { text, beganMs, began, columns: stderr.columns() }))
  const lines = openLiveLines({ output: stderr, everyMs: VIEW_MS, render })
  return {
    begin(what) {
      text = what
      beganMs = performance.now()
      last = undefined
    },
    onProgress(progress) {
      began = new Map(progress.reading.map(({ path }) => [path, began.get(path) ?? performance.now()]))
      last = progress
    },
    print: lines.print,
    end() {
      last = undefined
      lines.clear()
    },
    close: lines.close,
  }
}

/** Only a job needs the modules of the server. */
function progressOfJob(host: CliHost): OnReadProgress | undefined {
  const job = host.env[JOB_VARIABLE]
  if (job === undefined) return undefined
  let record: OnReadProgress | undefined
  const open = async () => {
    const { openJobProgress } = await import('../../app/web/jobs/job-progress.ts')
    record = openJobProgress(job, host)
  }
  // Without it, the command does the same.
  open().catch(() => undefined)
  return (progress) => record?.(progress)
}

interface Shown {
  readonly text: string
  readonly beganMs: number
  /** Of each object. */
  readonly began: ReadonlyMap<string, number>
  readonly columns: number
}

function linesOf({ reading, finished, objects, doneBytes, totalBytes }: ReadProgress, { text, beganMs, began, columns }: Shown): readonly string[] {
  const progress = {
    steps: [{ text, state: 'running' as const, beganMs }],
    objects: reading.map((it) => ({ ...it, beganMs: began.get(it.path) ?? beganMs })),
    made: finished,
    wanted: objects,
    footer: `${finished} of ${counted(objects, 'object')} read, ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
  }
  return renderProgress(progress, { nowMs: performance.now(), columns })
}
