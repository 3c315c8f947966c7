import { type Exit, exitWith } from '../../../app/host/exit-codes.ts'
import { collectMetrics } from '../../../app/web/collect-metrics.ts'
import { renderTextfile } from '../../../app/web/metrics/render-metrics.ts'
import { writeForAgents } from '../../../app/web/write-for-agents.ts'
import type { Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'

/** `metrics`: prints once the text that `/metrics` of the server returns. */
export async function metricsCommand(invocation: Invocation, cliHost: CliHost): Promise<Exit> {
  const text = renderTextfile(await collectMetrics({ ...cliHost, choice: invocation.global }))
  const { to } = invocation.options
  if (typeof to === 'string') writeForAgents(to, text)
  else cliHost.stdout.write(text)
  return exitWith('ok')
}
