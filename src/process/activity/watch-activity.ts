import type { PipelineActivity, StageActivity } from '../stage-activity.ts'
import { programName, type Stage } from '../start/stage.ts'
import { type Counters, readCounters } from './read-counters.ts'
import { slowestOf } from './slowest-stage.ts'

/** A pipeline as it is examined. */
export interface WatchedPipeline {
  readonly stages: readonly Stage[]
  /** Whether the first stage waits for data, too. */
  readonly hasInput: boolean
  /** Whether the last stage is the writer, which takes data at the speed of the storage. */
  readonly hasWriter: boolean
  /** Whether the last stage writes to the file itself. */
  readonly writesFile: boolean
}

// A pipeline that ends sooner is never examined.
const EVERY_MS = 1000
// Rates and shares are those of this interval.
const WINDOW_MS = 6000
const TICKS_PER_SECOND = 100
// Other reads and writes of a program: its libraries, messages, small files.
const OWN_BYTES = 1024 * 1024

interface Sample {
  readonly atMs: number
  /** Undefined for an ended stage. */
  readonly stages: readonly (Counters | undefined)[]
}

/** Examines the stages of a pipeline every second, from its first second on, and passes on their activity. Returns a function that stops it. */
export function watchActivity(pipeline: WatchedPipeline, report: (activity: PipelineActivity) => void): () => void {
  const { stages } = pipeline
  let samples: readonly Sample[] = []
  let links: readonly (number | undefined)[] = []
  const timer = setInterval(() => {
    const atMs = performance.now()
    const sample = { atMs, stages: stages.map((stage) => (stage.exit === undefined ? readCounters(stage.child) : undefined)) }
    samples = [...samples.filter((it) => atMs - it.atMs <= WINDOW_MS), sample]
    const now = linksOf(sample, pipeline)
    // Those of ended stages are kept, and nothing is read back.
    links = now.map((bytes, index) => (bytes === undefined ? links[index] : Math.max(bytes, links[index] ?? 0)))
    report(activityOf(pipeline, { samples, links }))
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}

interface Seen {
  readonly samples: readonly Sample[]
  /** The bytes that each stage has passed on. */
  readonly links: readonly (number | undefined)[]
}

function activityOf(pipeline: WatchedPipeline, seen: Seen): PipelineActivity {
  const { stages, hasInput, hasWriter } = pipeline
  const places = stages.map((stage, index) => ({ ...activityOfStage(stage, index, { pipeline, seen }), hasEnded: stage.exit !== undefined }))
  const outside = { hasEnded: false }
  const place = slowestOf([...(hasInput ? [outside] : []), ...places, ...(hasWriter ? [] : [outside])])
  const slowest = place === undefined || !hasInput ? place : place === 0 ? undefined : place - 1
  const shown = hasWriter ? places.slice(0, -1) : places
  return { stages: shown.map(({ hasEnded: _, ...it }) => it), ...(slowest !== undefined && { slowest }) }
}

function activityOfStage(
  { command, exit }: Stage,
  index: number,
  { pipeline, seen }: { readonly pipeline: WatchedPipeline; readonly seen: Seen },
): StageActivity {
  const isFirst = index === 0
  const [readBytes, writtenBytes] = [isFirst ? undefined : seen.links[index - 1], seen.links[index]]
  const head = {
    program: programName(command),
    ...(command.execId !== undefined && { execId: command.execId }),
    ...(readBytes !== undefined && { readBytes }),
    ...(writtenBytes !== undefined && { writtenBytes }),
  }
  if (exit) return { ...head, ...(exit.code !== null && { exitCode: exit.code }), ...(exit.signal !== null && { signal: exit.signal }) }
  const looks = seen.samples.flatMap(({ stages }) => stages[index] ?? [])
  const passed = seen.samples.map((sample) => ({ atMs: sample.atMs, bytes: linksOf(sample, pipeline)[isFirst ? index : index - 1] }))
  const used = seen.samples.map((sample) => ({ atMs: sample.atMs, bytes: sample.stages[index]?.cpuTicks }))
  const isWriting = pipeline.writesFile && index === pipeline.stages.length - 1
  const shareOf = (...waits: readonly Counters['waits'][]) => round(looks.filter((it) => waits.includes(it.waits)).length / looks.length)
  const [rate, ticks] = [perSecond(passed), perSecond(used)]
  return {
    ...head,
    ...(rate !== undefined && { bytesPerSecond: Math.round(rate) }),
    ...(ticks !== undefined && { cores: round(ticks / TICKS_PER_SECOND) }),
    ...(looks.length > 0 && {
      ...((!isFirst || pipeline.hasInput) && { starved: shareOf('input') }),
      blocked: isWriting ? shareOf('output', 'disk') : shareOf('output'),
    }),
  }
}

/**
 * The bytes that each stage has passed on: counted by the stage that writes them and by the one that reads them. The smaller count is right, because each
 * also reads or writes something else, unless one of them does not count what passes (splice(2)).
 */
function linksOf({ stages }: Sample, { stages: all }: WatchedPipeline): readonly (number | undefined)[] {
  return all.map((_, index) => {
    const counts = [stages[index]?.writtenBytes, stages[index + 1]?.readBytes].filter((it) => it !== undefined)
    if (counts.length === 0) return undefined
    const [least, most] = [Math.min(...counts), Math.max(...counts)]
    return most - least > OWN_BYTES && least < most * 0.2 ? most : least
  })
}

function perSecond(values: readonly { readonly atMs: number; readonly bytes: number | undefined }[]): number | undefined {
  const known = values.flatMap(({ atMs, bytes }) => (bytes === undefined ? [] : [{ atMs, bytes }]))
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined
  return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs))
}

function round(share: number): number {
  return Math.round(share * 100) / 100
}
