import type { CommandSpec } from './command-spec.ts'
import { JSON_OPTION, KEY_OPTIONS, ROOT_OPTIONS, SET_PARAMETER, STORAGE_OPTION } from './shared-options.ts'

const INDEX_ONLY_OPTION = { flags: '--index-only', description: 'do not read objects that have no index' } as const

/** The commands for the contents of sets. */
export const CONTENTS_COMMANDS = [
  {
    name: 'ls',
    summary: 'list the objects of a set, or the contents of one object: members of an archive, tables of a dump, entries of a directory',
    parameters: [
      { name: '[task]', description: 'task that made the set' },
      { name: '[set]', description: SET_PARAMETER },
      { name: '[object]', description: 'object whose contents are listed, by path, with or without its extensions; default: list the objects' },
      { name: '[path]', description: 'folder or file inside the object; default: its top' },
    ],
    options: [
      { flags: '-R, --recursive', description: 'also list the contents of folders' },
      INDEX_ONLY_OPTION,
      ...KEY_OPTIONS,
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  {
    name: 'find',
    summary: 'search sets for files, tables, entries and objects by name, the newest sets first',
    parameters: [{ name: '<text>', description: 'part of a path, in upper or lower case' }],
    options: [
      { flags: '--glob', description: 'the text is a shell pattern (*, ?, [abc]) for the whole name; with a slash in it, for the whole path' },
      { flags: '--task <task>', description: 'only the sets of this task; default: all backup tasks' },
      { flags: '--set <set>', description: 'only one set: its name, "latest", or a time; default: all sets' },
      INDEX_ONLY_OPTION,
      ...KEY_OPTIONS,
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  {
    name: 'index',
    summary: 'read sets and store an index of their contents, for "ls", "find" and the web pages',
    parameters: [
      { name: '[task]', description: 'task whose sets are read; default: all backup tasks' },
      { name: '[set]', description: 'set name as listed by "sets", or "latest" (default), or "all"' },
    ],
    options: [...KEY_OPTIONS, STORAGE_OPTION, ...ROOT_OPTIONS, JSON_OPTION],
  },
] as const satisfies readonly CommandSpec[]
