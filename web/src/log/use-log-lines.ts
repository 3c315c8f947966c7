import { useQueries, useQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import type { LogLine, LogLines } from '../../../src/api/schema/logs.ts'
import { isTransient } from '../api/problem.ts'
import { queryOf } from '../api/queries.ts'
import { logLengthKey } from '../live/apply-event.ts'

export type Line = z.output<typeof LogLine>

export interface LogSource {
  readonly run: string
  readonly host: string
  readonly isRunning: boolean
  /** Only lines of at least this severity; undefined: all. */
  readonly level: number | undefined
}

const PART = 400
const GROWING_MS = 500
const RETRY_MS = 5000

/** The visible range of lines, loaded in parts; parts that are no longer visible are soon removed, and their requests are cancelled. */
export function useLogLines({ run, host, level }: LogSource, { first, last }: { readonly first: number; readonly last: number }) {
  const length = useQuery({ queryKey: logLengthKey(run), queryFn: () => 0, enabled: false }).data
  const filter = level === undefined ? {} : { level }
  const question = (part: number) => ({
    ...queryOf('readRunLog', { path: { run }, query: { host, from: part * PART, count: PART, ...filter } }),
    gcTime: 20_000,
  })
  const head = useQuery({
    ...question(0),
    gcTime: 60_000,
    // A long log is read on by the server: its number of lines is not known yet.
    refetchInterval: ({ state }) =>
      state.data?.isComplete === false ? GROWING_MS : state.status === 'error' && isTransient(state.error) ? RETRY_MS : false,
  })
  const total = Math.max(level === undefined ? (length ?? 0) : 0, head.data?.total ?? 0)
  const parts = partsOf(first, Math.min(last, total))
  const loaded = useQueries({ queries: parts.map(question) })
  const byPart = new Map<number, LogLines>()
  for (const [index, part] of parts.entries()) {
    const data = loaded[index]?.data
    if (data) byPart.set(part, data)
  }
  // The last part can have become longer since it was loaded.
  const outgrown = parts.find((part) => (byPart.get(part)?.rows.length ?? PART) < Math.min(PART, total - part * PART))
  const refetch = outgrown === undefined ? undefined : loaded[parts.indexOf(outgrown)]?.refetch
  const lineAt = (index: number): Line | undefined => byPart.get(Math.floor(index / PART))?.rows[index % PART]
  return {
    total,
    lineAt,
    head,
    isComplete: head.data?.isComplete ?? true,
    refetch,
    outgrown: outgrown === undefined ? undefined : `${outgrown} ${total}`,
  }
}

function partsOf(first: number, last: number): readonly number[] {
  const from = Math.floor(Math.max(0, first) / PART)
  const to = Math.floor(Math.max(0, last - 1) / PART)
  return Array.from({ length: Math.max(1, to - from + 1) }, (_, index) => from + index)
}
