import { dirname, join } from 'node:path'
import type { Command } from '../../plan/command.ts'
import type { DatabaseServer } from '../../plan/database-server.ts'
import type { DumpStep } from '../../plan/dated-files.ts'
import { clientCommand, connectionOptions } from '../list-databases.ts'

/** The command that dumps one database, to its stdout or, as a folder, to `file`. */
export function dumpCommand({ program, options, format, files }: DumpStep, database: string, file?: string): Command {
  return clientCommand(files.server, [
    program,
    ...options,
    `--dbname=${connectionString(database)}`,
    ...connectionOptions(files.server),
    `--format=${format}`,
    ...(file === undefined ? [] : [`--file=${file}`]),
  ])
}

/**
 * The command that reads a dump to its end and discards the output. It does not access a server; the address only selects the version if several are
 * installed (pg_wrapper(1)). Runs as the user of Holdfast.
 */
export function readBackCommand(server: DatabaseServer, program: string, dump: string): Command {
  const { runAs: _user, password: _secret, ...open } = server
  const reader = program.includes('/') ? join(dirname(program), 'pg_restore') : 'pg_restore'
  return clientCommand(open, [reader, '--file=/dev/null', ...connectionOptions(open), dump])
}

/** A name with an equals sign, or one that looks like an address, would be interpreted (libpq, "Connection Strings"). */
function connectionString(database: string): string {
  if (!database.includes('=') && !/^postgres(?:ql)?:\/\//u.test(database)) return database
  return `dbname='${database.replaceAll(/[\\']/gu, '\\$&')}'`
}
