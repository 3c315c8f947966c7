import type { CommandSpec } from './command-spec.ts'
import { JSON_OPTION, KEY_OPTIONS, ROOT_OPTIONS, STORAGE_OPTION } from './shared-options.ts'

/** The commands that prove sets by restoring them, keep them, and prepare for the loss of the host. */
export const PROOF_COMMANDS = [
  {
    name: 'drill',
    summary: 'restore sets to a temporary location on this host, and compare the restored data with what was backed up',
    parameters: [
      { name: '[task]', description: 'task to drill; default: all backup tasks' },
      { name: '[set]', description: 'set name as listed by "sets", or "latest" (default), "random" or "unproven" (the least recently drilled one)' },
    ],
    options: [
      { flags: '--level <level>', description: 'structure (restore nothing), sample (restore one object), or full (default: restore all)' },
      { flags: '--folder <folder>', description: 'folder for the temporary data (default: TMPDIR, or /var/tmp)' },
      {
        flags: '--workers <number>',
        description: 'number of objects restored in parallel, as far as memory and space permit (default: "workers" of the configuration)',
      },
      {
        flags: '--resume',
        description:
          'continue a drill that was interrupted in the last 24 hours, and test the objects that have no result yet; default: the newest set with such a drill',
      },
      { flags: '--memory <size>', description: 'memory limit for all processes of the drill together: 2GiB (default: half of the available memory)' },
      ...KEY_OPTIONS,
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  {
    name: 'hold',
    summary: 'keep a set until it is released: no rotation removes it',
    parameters: [
      { name: '<task>', description: 'task that made the set' },
      { name: '<set>', description: 'set name as listed by "sets", or "latest"' },
    ],
    options: [
      { flags: '--reason <text>', description: 'why it is kept; required' },
      { flags: '--until <date>', description: 'the day (UTC) after which rotation may remove it: 2027-12-31; default: none' },
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
    ],
  },
  {
    name: 'release',
    summary: 'end the hold of a set: rotation may remove it again',
    parameters: [
      { name: '<task>', description: 'task that made the set' },
      { name: '<set>', description: 'set name as listed by "sets", or "latest"' },
    ],
    options: [STORAGE_OPTION, ...ROOT_OPTIONS],
  },
  {
    name: 'kit',
    summary:
      'print the recovery sheet of this host: contacts, the locations of its sets, the keys that they need, and the order in which to rebuild it',
    parameters: [{ name: '[task]', description: 'task whose sets are listed; default: all tasks' }],
    options: [STORAGE_OPTION, ...ROOT_OPTIONS, JSON_OPTION],
  },
  {
    name: 'rebuild',
    summary: 'print the script for rebuilding this host, which is part of the host facts in a set; nothing is executed',
    parameters: [
      { name: '[task]', description: 'task that made the set; default: the only one with host facts' },
      { name: '[set]', description: 'set name as listed by "sets", "latest" (default), or a time' },
    ],
    options: [{ flags: '--plan', description: 'print the script; required' }, ...KEY_OPTIONS, STORAGE_OPTION, ...ROOT_OPTIONS],
  },
  {
    name: 'evidence',
    summary: 'export the signed records of publications, verifications and drills, or check them',
    parameters: [
      {
        name: '[check|export|key]',
        description: 'check them (default); or write them into an archive, with a report; or print the key of this host',
      },
    ],
    options: [
      { flags: '--from <date>', description: 'the first day (UTC) of the period: 2026-01-01; default: 90 days before the last one' },
      { flags: '--to <date>', description: 'the last day (UTC) of the period; default: today' },
      { flags: '--out <file>', description: 'with export: the archive (tar); default: holdfast-evidence-HOST-FROM-TO.tar in the current folder' },
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
] as const satisfies readonly CommandSpec[]
