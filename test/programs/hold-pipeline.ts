// hold-pipeline.ts RUN-ID RECORDS SCRIPT: runs `sh -c SCRIPT | cat` as a pipeline of that run, its process records appended to a file, and says "ready".
import { appendFileSync } from 'node:fs'
import { openProcesses } from '../../src/process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../src/process/processes.ts'
import { command, shell } from '../support/commands.ts'

const [runId = '', records = '', script = ''] = process.argv.slice(2)
const processes = openProcesses({ runId })
const { done } = await processes.startPipeline(
  [shell(script), command(['cat'])],
  { kind: 'discard' },
  {
    signal: new AbortController().signal,
    limits: DEFAULT_LIMITS,
    onProcesses: (lines) => {
      appendFileSync(records, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    },
  },
)
process.stdout.write('ready\n')
await done
