import { z } from 'zod'
import { parseJson } from '../../../lib/parse-json.ts'
import type { JobView } from './job.ts'
import type { Jobs } from './open-jobs.ts'

const AREAS = ['program', 'configuration', 'programs', 'secrets', 'keys', 'state', 'clock', 'mounts', 'storages', 'schedules'] as const

const finding = z.object({
  area: z.enum(AREAS),
  state: z.enum(['ok', 'warning', 'error']),
  message: z.string(),
  hint: z.string().optional(),
})

/** The last examination by `doctor` that the server has started. */
export interface Examined {
  readonly job: JobView
  readonly state: 'running' | 'done' | 'broken'
  readonly findings: z.infer<typeof finding>[]
  /** What it printed instead of a result. */
  readonly failure: string | null
}

// Thousands of findings.
const MOST_BYTES = 4 * 1024 * 1024

/** Undefined: there was none. */
export async function lastExamination(jobs: Jobs): Promise<Examined | undefined> {
  const job = jobs.list().find(({ kind }) => kind === 'doctor')
  if (job === undefined) return undefined
  const [out, err] = await Promise.all((['out', 'err'] as const).map((output) => jobs.outputOf(job.id, output, MOST_BYTES)))
  const lines = linesIn(out)
  const parsed = lines.map((line) => finding.safeParse(parseJson(line)))
  const findings = parsed.flatMap(({ data }) => data ?? [])
  const others = lines.filter((_, index) => parsed[index]?.success !== true)
  // It exits with 0 or 1 if it has examined everything. A line that is not a finding may be an error message.
  const isComplete = (job.exitCode === 0 || job.exitCode === 1) && findings.length > 0 && others.length === 0
  const state = job.state === 'running' ? 'running' : isComplete ? 'done' : 'broken'
  const printed = [...others, ...linesIn(err)]
  return { job, state, findings, failure: state === 'broken' && printed.length > 0 ? printed.join('\n') : null }
}

function linesIn(text = ''): readonly string[] {
  return text.split('\n').filter((it) => it.trim() !== '')
}
