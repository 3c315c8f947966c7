// The first module of the executable.
import { RUNNING } from '../../src/lib/assets.ts'
import { countInherited, main } from '../../src/main.ts'
import { calledAs } from './called-as.ts'
import { ownScriptOf } from './own-scripts.ts'

// An executable of this kind has its path, and the name by which it was called, before the arguments.
const words = process.argv.slice(2)
const [first = ''] = words
const script = ownScriptOf(first)
if (script !== undefined) void script(words.slice(1))
else if (/^--(?:invoked-as|inherited)=/u.test(first)) void main(words)
else {
  const invokedAs = calledAs(process.argv0, process.env['PATH'])
  countInherited(words, { start: [RUNNING], invokedAs })
  void main([`--invoked-as=${invokedAs}`, ...words])
}
