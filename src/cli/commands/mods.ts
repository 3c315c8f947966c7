import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { renderModules } from '../../legacy/palhm/include/modules.ts'
import type { Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'

/** `mods`: needs no configuration. */
export async function showModules(_invocation: Invocation, { stdout }: CliHost): Promise<Exit> {
  stdout.write(renderModules())
  return exitWith('ok')
}
