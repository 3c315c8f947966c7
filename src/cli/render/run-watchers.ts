import type { RunView } from '../../app/runs/run-log.ts'
import { formatBytes, formatDuration, printable } from '../../lib/format.ts'
import { drilled, LEVEL, renderEvent } from '../../run/describe/describe-event.ts'
import { encodeEvent } from '../../run/event-json.ts'
import type { RunEvent } from '../../run/events.ts'
import type { CliHost } from '../cli-host.ts'
import { openProgressView } from '../terminal/progress-view.ts'

const VIEW_MS = 200
const JSON_MS = 1000

/** Live lines on a terminal, plain lines otherwise, one line of JSON per event on request. */
export function watcherFor(host: CliHost, { json, verbosity }: { readonly json: boolean; readonly verbosity: number }): RunView {
  if (json) return { watch: (event) => host.stdout.write(encodeEvent(event, host.clock())), close: () => undefined, progressMs: JSON_MS }
  const isLive = verbosity >= LEVEL.INFO && host.stderr.isTerminal && host.env['TERM'] !== 'dumb'
  return isLive ? liveWatcher(host, verbosity) : plainWatcher(host, verbosity)
}

function plainWatcher({ stderr }: CliHost, verbosity: number): RunView {
  return { watch: (event) => stderr.write(textOf(event, verbosity)), close: () => undefined }
}

function liveWatcher({ stderr }: CliHost, verbosity: number): RunView {
  const view = openProgressView({ output: stderr, nowMs: () => performance.now(), everyMs: VIEW_MS })
  return {
    progressMs: VIEW_MS,
    watch(event) {
      view.watch(event)
      // Unfinished objects are shown in the view; finished ones are printed above it.
      const text = event.kind === 'object-began' ? '' : `${madeLine(event)}${textOf(event, verbosity)}`
      if (text !== '') view.print(text)
    },
    close: view.close,
  }
}

function madeLine(event: RunEvent): string {
  if (event.kind !== 'object-ended') return ''
  if (event.isDrill) return `${printable(event.task)}: ${drilled(event)} "${printable(event.path)}" in ${formatDuration(event.durationMs)}\n`
  const size = event.bytes === undefined ? '' : `: ${formatBytes(event.bytes)}`
  return `${printable(event.task)}: made "${printable(event.path)}"${size} in ${formatDuration(event.durationMs)}\n`
}

function textOf(event: RunEvent, verbosity: number): string {
  return renderEvent(event)
    .filter(({ level }) => level <= verbosity)
    .map(({ text }) => text)
    .join('')
}
