// holdfast-at-point.ts POINT[#N] SIGNAL -- ARGS…
// Runs the real program, and sends itself SIGNAL when the named point is passed for the Nth time (by default the first).
// With KILL and STOP not one more instruction of it runs. SIGNAL "FAULT" throws where nobody catches, the first time.
// POINT "list" prints every point that is passed, on stderr, and sends nothing.
import { existsSync } from 'node:fs'
import type { Failpoint } from '../../src/lib/failpoint.ts'
import { signalAt } from '../support/at-point.ts'

const [point = '', signal = '', separator, ...args] = process.argv.slice(2)
if (separator !== '--') throw new Error('usage: holdfast-at-point.ts POINT[#N] SIGNAL -- ARGS…')

// As the launchers choose.
const bundled = new URL('../../lib/holdfast/main.cjs', import.meta.url)
const { main } = (await import(existsSync(bundled) ? bundled.href : '../../src/main.ts')) as typeof import('../../src/main.ts')

let thrown = false
const faultAt: Failpoint = (passed) => {
  if (passed !== point || thrown) return
  thrown = true
  setImmediate(() => {
    throw new TypeError('boom')
  })
}
const list: Failpoint = (passed) => process.stderr.write(`${passed}\n`)

await main(args, point === 'list' ? list : signal === 'FAULT' ? faultAt : signalAt(point, signal))
