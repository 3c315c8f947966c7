import type { ReadingObserver } from '../../../app/contents/open-reading.ts'
import { printable } from '../../../lib/format.ts'
import { effectiveVerbosity, hasFlag, type Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'
import { openReadView, type ReadView } from '../../terminal/read-view.ts'

/** Shows the progress of objects that have to be read. `print` writes above it. */
export interface ContentsView extends ReadingObserver, Pick<ReadView, 'close'> {
  print(text: string): void
}

export function openContentsView(invocation: Invocation, host: CliHost): ContentsView {
  const view = openReadView(host, { verbosity: effectiveVerbosity(invocation.global), json: hasFlag(invocation, 'json') })
  return {
    onRead: (set, record, place) => view.begin(`read ${printable(record.path)} of ${set.summary.name} on ${place.sets.label}`),
    onProgress: view.onProgress,
    print(text) {
      view.end()
      host.stdout.write(text)
    },
    close: view.close,
  }
}
