// many-entries.ts COUNT: compares that many entries of a tree that is not there with a list of them, some changed, and prints what came of it as JSON.

import { entrySorter } from '../../src/file-sets/scan/decide-entries.ts'
import { entrySet } from '../../src/file-sets/scan/entry-set.ts'
import { recordReader } from '../../src/file-sets/scan/scan-records.ts'
import { openFolder } from '../../src/files/folder.ts'
import { compilePatterns } from '../../src/plan/patterns/compile-patterns.ts'

const BATCH = 1000
const CHANGED_EACH = 1000

const count = Number(process.argv[2])
const pathOf = (index: number) => `area${index % 40}/folder-${Math.floor(index / 250)}/document-${index}.txt`

/** What find(1) would print of a batch; every so many entries are younger than the list says. */
function printed(from: number, isScan: boolean): Buffer {
  let text = ''
  for (let index = from; index < Math.min(from + BATCH, count); index++) {
    const seconds = 1_500_000_000 + index + (isScan && index % CHANGED_EACH === 0 ? 1 : 0)
    text += `f${seconds}.1234567890 ${index % 100_000} 64768 ${index + 11} 0 0 ${pathOf(index)}\0`
  }
  return Buffer.from(text)
}

const base = entrySet()
const list = recordReader((record) => base.add(record))
for (let from = 0; from < count; from += BATCH) list.push(printed(from, false))

const sorter = entrySorter({
  source: await openFolder('/'),
  prefix: '',
  exclude: compilePatterns({ language: 'shell', patterns: ['*.log'] }),
  base,
  own: [],
  whyNot: () => undefined,
  onSkipped: () => undefined,
  note: () => undefined,
})
const tree = recordReader((record) => sorter.take(record))
for (let from = 0; from < count; from += BATCH) {
  tree.push(printed(from, true))
  await sorter.settle()
}
process.stdout.write(JSON.stringify({ added: sorter.added, unchanged: sorter.unchanged, peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) }))
