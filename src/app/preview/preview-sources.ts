import { coverObject } from '../../backup/coverage/cover-object.ts'
import type { Covered } from '../../backup/coverage/covered.ts'
import { describeObject } from '../../backup/coverage/describe-coverage.ts'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { BackupStep, ObjectSpec, Plan } from '../../plan/plan.ts'
import { ownFoldersOf } from '../../run/steps/backup.ts'

/** What an object would cover of its source, and why making it would fail. */
export interface SourcePreview extends Omit<Covered, 'coverage'> {
  readonly problems: readonly string[]
  /** It was stopped before this was known. */
  readonly isUnanswered?: true
}

interface PreviewSourcesDeps {
  readonly plan: Plan
  readonly stateFolder: string
  readonly signal: AbortSignal
}

/** The sources of a step as they are now, each message with its object. */
export function previewSources(step: BackupStep, { signal, ...deps }: PreviewSourcesDeps): Promise<readonly SourcePreview[]> {
  const own = ownFoldersOf(step, deps)
  return Promise.all(
    step.objects.map(async (object) => {
      const named = (text: string) => `object "${printable(object.path)}": ${text}`
      try {
        const covered = await coverObject(object, { own, signal })
        return { object: covered.object, notes: covered.notes.map(named), details: detailsOf(object, covered), problems: [] }
      } catch (error) {
        const nothing = { object, notes: [], details: [] }
        return signal.aborted ? { ...nothing, problems: [], isUnanswered: true } : { ...nothing, problems: [named(messageOf(error))] }
      }
    }),
  )
}

function detailsOf({ source }: ObjectSpec, { coverage, details }: Covered): readonly string[] {
  const covers = describeObject({ ...(source && { kind: source.kind }), ...(coverage && { coverage }) })
  return covers === undefined ? details : [`would contain: ${covers}`, ...details]
}
