import type { RunView } from '../../app/runs/run-log.ts'
import { formatBytes, formatDuration, printable } from '../../lib/format.ts'
import { LEVEL, renderEvent } from '../../run/describe/describe-event.ts'
import { encodeEvent } from '../../run/event-json.ts'
import type { RunEvent } from '../../run/events.ts'
import { openProgressView } from '../terminal/progress-view.ts'
import type { World } from '../world.ts'

const VIEW_MS = 200
const JSON_MS = 1000

/** Live lines on a terminal, plain lines otherwise, one line of JSON per event on request. */
export function watcherFor(world: World, { json, verbosity }: { readonly json: boolean; readonly verbosity: number }): RunView {
  if (json) return { watch: (event) => world.stdout.write(encodeEvent(event, world.clock())), close: () => undefined, progressMs: JSON_MS }
  const isLive = verbosity >= LEVEL.INFO && world.stderr.isTerminal && world.env['TERM'] !== 'dumb'
  return isLive ? liveWatcher(world, verbosity) : plainWatcher(world, verbosity)
}

function plainWatcher({ stderr }: World, verbosity: number): RunView {
  return { watch: (event) => stderr.write(textOf(event, verbosity)), close: () => undefined }
}

function liveWatcher({ stderr }: World, verbosity: number): RunView {
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
  const size = event.bytes === undefined ? '' : `: ${formatBytes(event.bytes)}`
  return `${printable(event.task)}: made "${printable(event.path)}"${size} in ${formatDuration(event.durationMs)}\n`
}

function textOf(event: RunEvent, verbosity: number): string {
  return renderEvent(event)
    .filter(({ level }) => level <= verbosity)
    .map(({ text }) => text)
    .join('')
}
