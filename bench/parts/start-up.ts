import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contestant } from '../pairs/contestant.ts'
import type { Part } from '../pairs/part.ts'

/** Starting and doing nothing, beside the runtime doing nothing. */
export const startUp: Part = {
  name: 'start-up',
  title: () => 'Start: the version, and a run of a task that does nothing',
  repeat: 3,
  pairs: async (site) => {
    const script = join(site.folder, 'empty.mjs')
    writeFileSync(script, '')
    const palhm = join(site.folder, 'noop.json')
    writeFileSync(palhm, JSON.stringify({ tasks: [{ id: 'default', type: 'routine', routine: [{ type: 'exec-inline', argv: ['/bin/true'] }] }] }), {
      mode: 0o600,
    })
    const native = site.configure('tasks: { default: { steps: [{ exec: [/bin/true] }] } }')
    const other: Contestant = { name: 'Node.js with an empty script', argv: [process.execPath, script], clear: site.clear }
    return [
      { holdfast: { name: '`--version`', argv: [site.program, '--version'], clear: site.clear }, other, budget: 1.5 },
      { holdfast: { ...site.holdfast(native, 'run'), name: 'run, native configuration' }, other, budget: 4 },
      { holdfast: { ...site.holdfast(palhm, 'run'), name: "run, PALHM's configuration" }, other, budget: 4 },
    ]
  },
}
