import type { DiskUsageStep } from '../../plan/steps/host-steps.ts'
import type { StepContext } from '../run-context.ts'
import { hostTool, runHostProgram } from './host-program.ts'

/** Reports the usage of the file systems in the form of df(1). Those that cannot be queried are noted. */
export async function runDiskUsage({ name = 'disk-usage' }: DiskUsageStep, context: StepContext): Promise<undefined> {
  const lines: string[] = []
  const call = {
    onLine: (line: string) => lines.push(line),
    whyAccepted: ({ stderrTail }: { readonly stderrTail: string }) => (lines.length > 0 ? stderrTail.trim() : undefined),
  }
  const why = await runHostProgram(hostTool(['df', '-h']), call, context)
  context.emit({ kind: 'step-told', step: name, text: lines.join('\n'), isDetail: false })
  for (const line of why?.split('\n') ?? []) context.note(line)
}
