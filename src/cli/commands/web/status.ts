import { type Exit, exitWith } from '../../../app/host/exit-codes.ts'
import { readStatus } from '../../../app/web/read-status.ts'
import { writeForAgents } from '../../../app/web/write-for-agents.ts'
import { hasFlag, type Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'
import { renderStatus, statusJson } from '../../render/print-status.ts'

/** `status`: the state of this host, as on its page. Exits with 0 whatever the state is; `check` is the command for monitoring by exit codes. */
export async function statusCommand(invocation: Invocation, cliHost: CliHost): Promise<Exit> {
  const status = await readStatus({ ...cliHost, choice: invocation.global })
  const text = hasFlag(invocation, 'json') ? statusJson(status) : renderStatus(status)
  const { to } = invocation.options
  if (typeof to === 'string') writeForAgents(to, text)
  else cliHost.stdout.write(text)
  return exitWith('ok')
}
