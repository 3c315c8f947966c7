import type { CommandSpec } from './command-spec.ts'
import { JSON_OPTION } from './shared-options.ts'

/** The commands for setting up a host. */
export const HOST_COMMANDS = [
  {
    name: 'doctor',
    summary: 'examine the installation: program, configuration, secrets, keys, state, clock, mounts, storages, schedules; prints what to do',
    parameters: [],
    options: [{ flags: '--strict', description: 'exit with code 3 if there are warnings' }, JSON_OPTION],
  },
] as const satisfies readonly CommandSpec[]
