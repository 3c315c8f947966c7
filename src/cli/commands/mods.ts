import { type Exit, exitWith } from '../../app/host/exit.ts'
import { renderModules } from '../../legacy/palhm/include/modules.ts'
import type { Invocation } from '../args/options.ts'
import type { World } from '../world.ts'

/** `mods`: needs no configuration. */
export async function showModules(_invocation: Invocation, { stdout }: World): Promise<Exit> {
  stdout.write(renderModules())
  return exitWith('ok')
}
