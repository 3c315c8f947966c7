import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { renderPalhmModules } from '../../config/ancestors.ts'
import type { Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'

/** `mods`: needs no configuration. */
export async function showModules(_invocation: Invocation, { stdout }: CliHost): Promise<Exit> {
  stdout.write(await renderPalhmModules())
  return exitWith('ok')
}
