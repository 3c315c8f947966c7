export const TO_FILE_OPTION = { flags: '--to <file>', description: 'write to this file, which is replaced atomically, instead of stdout' } as const
/** The options of the program, for all commands. */
export const GLOBAL_OPTIONS = {
  quiet: { flags: '-q, --quiet', description: 'print errors only' },
  verbose: { flags: '-v, --verbose', description: 'print more; repeat for even more' },
  file: { flags: '-f, --file <file>', description: 'configuration file' },
  unsafe: {
    flags: '--allow-unsafe-permissions',
    description: 'accept a configuration, secrets and a state folder that other users can write',
  },
  version: { flags: '--version', description: 'print the version' },
  help: { flags: '-h, --help', description: 'show help for the program or for a command' },
} as const

export const JSON_OPTION = { flags: '--json', description: 'print JSON for programs' } as const

export const STORAGE_OPTION = {
  flags: '--storage <name>',
  description: 'only the sets on this storage: its name in the configuration, or its location',
} as const

export const ROOT_OPTIONS = [
  {
    flags: '--accept-root',
    description: 'accept the root of a storage, and folders of archives, even if they are on other file systems than before',
  },
  {
    flags: '--trust-root',
    description: 'trust all users who can write to the root of a storage, to a folder of dated files, or to a folder above it',
  },
] as const

export const KEY_OPTIONS = [
  { flags: '--identity <file>', description: 'the key file for objects encrypted with age' },
  { flags: '--passphrase-file <file>', description: 'the file with the passphrase for gpg, or the password for openssl' },
] as const

export const SET_PARAMETER = 'set name; or "latest" (default); or a time (UTC), for the newest set at or before it: 2026-11-20, 2026-11-20T08:00'
