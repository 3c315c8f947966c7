import { planOf } from '../../config/load.ts'
import type { Issue } from '../../plan/issue.ts'
import type { HostFacts } from '../../plan/loading.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Host } from '../host/host.ts'
import { type ConfigChoice, hostFacts, loadText } from '../host/load-plan.ts'
import { schemaFile } from '../host/schema-file.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The configuration of an ancestor in the native format: the text, and the errors that it would have, or that the original has: then the text is empty.
 * Rejects with a `UsageError` for a configuration that is already native.
 */
export async function convertConfig(choice: ConfigChoice, env: Host['env']): Promise<{ readonly text: string; readonly errors: readonly Issue[] }> {
  const loaded = await loadText(choice, env)
  // KristaBackup runs the valid parts of such a file; a conversion would lose the others.
  const errors = errorsIn(loaded.issues)
  if (errors.length > 0) return { text: '', errors }
  const plan = planOf(loaded)
  if (plan.dialect === 'native')
    throw new UsageError(`"${plan.file}" is already in the native format`, { hint: 'Specify the configuration to convert.' })
  const host = hostFacts(env)
  const text = await convertedFrom(plan, host)
  const { loadConverted } = await import('../../config/convert/load-converted.ts')
  const schema = await schemaFile()
  const first = schema === undefined ? '' : `# yaml-language-server: $schema=${schema}\n`
  return { text: `${first}${text}`, errors: errorsIn((await loadConverted(text, host)).issues) }
}

async function convertedFrom(plan: Plan, host: HostFacts): Promise<string> {
  if (plan.dialect === 'krista') return (await import('../../config/convert/krista/render-krista.ts')).renderKristaAsNative(plan)
  return (await import('../../config/convert/render-native.ts')).renderNative(plan, host)
}

function errorsIn(issues: readonly Issue[]): readonly Issue[] {
  return issues.filter(({ severity }) => severity === 'error')
}
