import { clientCommand } from '../../file-sets/list-databases.ts'
import type { Command } from '../../plan/command.ts'
import type { DatabaseServer } from '../../plan/database-server.ts'
import type { FileSet } from '../../plan/dated-files.ts'
import type { FilesStep } from '../../plan/steps/describe-files-step.ts'

/** The programs that a step about files or the host needs beside those of the base system, without their arguments. */
export function commandsOfFiles(step: FilesStep): readonly Command[] {
  if (step.kind === 'dump') return [clientCommand(step.files.server, [step.program])]
  if (step.kind === 'sync') return [bare('rsync', step)]
  if (step.kind === 'ticket' && step.host !== undefined && step.environment && step.searchPath)
    return [bare('rsync', { environment: step.environment, searchPath: step.searchPath })]
  return serversOf(step).flatMap(({ asks, server }) => (asks ? [clientCommand(server, ['psql'])] : []))
}

function bare(program: string, { environment, searchPath }: Pick<Command, 'environment' | 'searchPath'>): Command {
  return { argv: [program], environment, searchPath, accept: { min: 0, max: 0 }, showStdout: 'never', showStderr: 'verbose' }
}

/** The passwords that stand in the configuration itself, for masking. */
export function plainPasswordsOf(step: FilesStep): readonly string[] {
  return serversOf(step).flatMap(({ server: { password } }) => (password?.kind === 'plain' ? [password.value] : []))
}

function serversOf(step: FilesStep): readonly { readonly server: DatabaseServer; readonly asks: boolean }[] {
  return filesOf(step).flatMap((files) => (files.kind === 'dumps' ? [{ server: files.server, asks: files.databases.names === 'all' }] : []))
}

function filesOf(step: FilesStep): readonly FileSet[] {
  if (step.kind === 'dump' || step.kind === 'archive') return [step.files]
  return 'sets' in step ? step.sets.map(({ files }) => files) : []
}
