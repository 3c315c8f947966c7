import { join } from 'node:path'
import { writeHistory } from '../src/journal/write-history.ts'
import type { RunEvent } from '../src/run/events.ts'
import { ORIGIN } from '../test/support/journal.ts'
import type { WebClient, WebPlace } from '../test/support/web-place.ts'
import { must } from './web-pages.ts'

const RUN = '20260102T030405Z-00000000'
/** As in web/src/log: the lines of a request, the pause until the number of lines is requested again, and the matches of a search. */
const PART = 400
const GROWING_MS = 500
const MOST_MATCHES = 1000

export interface LogTimes {
  readonly firstMs: number
  readonly countedMs: number
  readonly lastMs: number
  readonly partsMs: readonly number[]
  readonly fewFoundMs: number
  readonly allFoundMs: number
}

/** Records a run that wrote that many lines, in pieces as they come through a pipe. */
export function writeLongRun({ folder }: WebPlace, lines: number): void {
  const linesOf = (event: RunEvent) => (event.kind === 'stdout' ? [{ level: 0, text: event.text }] : [])
  const deps = { clock: () => new Date(), note: (text: string) => console.error(text) }
  writeHistory(join(folder, 'state/journal.db'), deps, [{ origin: { ...ORIGIN, linesOf }, events: [...story(lines)] }])
}

function* story(lines: number): Generator<readonly [Date, RunEvent]> {
  const began = new Date('2026-01-02T03:04:05Z')
  const said = (text: string): RunEvent => ({ kind: 'stdout', task: 'long', stage: 'talk', text, show: 'always' })
  yield [began, { kind: 'run-began', runId: RUN, task: 'long', steps: ['talk'] }]
  yield [began, { kind: 'step-began', task: 'long', index: 0, steps: 1, text: 'talk' }]
  let rest = ''
  for (let at = 1; at <= lines; at += 1) {
    rest += `line ${at} of the log ${'x'.repeat(150)}\n`
    if (rest.length < 65_536 && at < lines) continue
    yield [began, said(rest.slice(0, 65_536))]
    rest = rest.slice(65_536)
  }
  if (rest !== '') yield [began, said(rest)]
  yield [began, { kind: 'step-ended', task: 'long', index: 0, durationMs: 1000 }]
  yield [began, { kind: 'run-ended', result: { runId: RUN, task: 'long', status: 'ok', began, ended: began, notes: [] } }]
}

/** The requests of the page of this run, as the page sends them: its beginning, its end, other places, searches. */
export async function readLongRun(client: WebClient, lines: number): Promise<LogTimes> {
  const part = async (index: number) => (await must(client, ['GET', `/api/v1/runs/${RUN}/log?host=local&from=${index * PART}&count=${PART}`])).json
  const search = async (q: string) => {
    const path = `/api/v1/runs/${RUN}/log/search?host=local&q=${encodeURIComponent(q)}&limit=${MOST_MATCHES}`
    return (await must(client, ['GET', path])).json.total
  }
  const began = performance.now()
  let head = await part(0)
  const firstMs = performance.now() - began
  while (head.isComplete !== true) {
    await new Promise((resolve) => setTimeout(resolve, GROWING_MS))
    head = await part(0)
  }
  const countedMs = performance.now() - began
  if (head.total !== lines) throw new Error(`${head.total} lines were counted, not ${lines}`)
  const parts = Math.ceil(lines / PART)
  const partMs = (index: number) => timed(() => part(index))
  const lastMs = await partMs(parts - 1)
  const partsMs: number[] = []
  for (let round = 0; round < 100; round += 1) partsMs.push(await partMs((round * 7919) % parts))
  const [fewFoundMs, allFoundMs] = [await timed(() => search(`line ${lines} `)), await timed(() => search('of the log'))]
  return { firstMs, countedMs, lastMs, partsMs, fewFoundMs, allFoundMs }
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
