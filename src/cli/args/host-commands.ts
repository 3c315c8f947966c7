import type { CommandSpec } from './command-spec.ts'
import { JSON_OPTION } from './shared-options.ts'

/** The commands for setting up a host. */
export const HOST_COMMANDS = [
  {
    name: 'init',
    summary: 'write a commented configuration for what is found on this host (databases, web roots, mail, containers), check it, and do a dry run',
    parameters: [],
    options: [
      { flags: '--yes', description: 'do not ask; use the options and the defaults' },
      { flags: '--root <folder>', description: 'folder for the sets (default: /var/backups/holdfast)' },
      {
        flags: '--schedule <times>',
        description: 'when to run, as in a crontab (default: between 2:00 and 3:00, depending on the name of the host)',
      },
      { flags: '--mail <address>', description: 'address that is notified of failures (default: none)' },
      { flags: '--overwrite', description: 'replace an existing configuration; it is kept beside the new one, with the time in its name' },
    ],
  },
  {
    name: 'doctor',
    summary: 'examine the installation: program, configuration, secrets, keys, state, clock, mounts, storages, schedules; prints what to do',
    parameters: [],
    options: [{ flags: '--strict', description: 'exit with code 3 if there are warnings' }, JSON_OPTION],
  },
  {
    name: 'upgrade',
    summary: 'replace this executable with that of a signed release, and keep the old one; runs in progress are not affected',
    parameters: [
      {
        name: '[release]',
        description:
          'the executable of the release, its folder, or the URL of either; "SHA256SUMS" and "SHA256SUMS.sig" must be beside the executable',
      },
    ],
    options: [
      {
        flags: '--key <file>',
        description:
          'public keys (PEM, Ed25519), one of which must have signed the release (default: /etc/holdfast/release-keys.pem, otherwise those in the executable)',
      },
      { flags: '--rollback', description: 'restore the program that the last upgrade replaced' },
      { flags: '--allow-older', description: 'also accept a release that is older than this program' },
      { flags: '--dry-run', description: 'verify the release, but replace nothing' },
    ],
  },
] as const satisfies readonly CommandSpec[]
