import { type Content, describeContent } from '../../backup/filter/filters.ts'
import type { BackupStep } from '../../plan/plan.ts'

/** How the plan makes an object now: the best that is known of sets without a manifest. */
export function contentOf({ objects }: Pick<BackupStep, 'objects'>): (path: string) => Content | undefined {
  return (path) => {
    const object = objects.find((it) => it.path === path)
    return object && describeContent(object.stages)
  }
}
