import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { editTask, type TaskEdit } from '../../../config/edit-tasks.ts'
import { loadConfig } from '../../../config/load.ts'
import { namesInSync, statInSync } from '../../../files/entries.ts'
import { closeFolderSync, type Folder } from '../../../files/folder.ts'
import { openOrMakeFolderSync, openTargetSync } from '../../../files/open-by-path.ts'
import { readSmallInSync } from '../../../files/read-small.ts'
import { replaceFileInSync } from '../../../files/write-small.ts'
import { SHARE } from '../../../lib/assets.ts'
import { errorsOf } from '../../../lib/errors.ts'
import type { Issue } from '../../../plan/issue.ts'
import type { Loaded } from '../../../plan/loading.ts'
import type { Dialect, Plan } from '../../../plan/plan.ts'
import { hostFacts } from '../../host/load-plan.ts'
import { stateFolder } from '../../host/state-folder.ts'
import { trustedReader } from '../../host/trusted-reader.ts'
import { withLock } from '../../host/with-lock.ts'
import type { PlanCache } from '../plan-cache.ts'
import type { WebHost } from '../web-host.ts'
import { type ConfigChange, readChanges, recordChange } from './change-log.ts'
import { openConfigSecrets } from './config-secrets.ts'
import type { Shown } from './hide-secrets.ts'

class ConfigFileError extends errorsOf('web')<'changed' | 'invalid' | 'unknown-version' | 'no-config'> {}

export interface ConfigText {
  readonly file: string
  readonly dialect: Dialect
  /** With placeholders for secrets. */
  readonly text: string
  readonly etag: string
  readonly modified: Date
  readonly issues: readonly Issue[]
  readonly includes: readonly string[]
}

export interface ConfigVersionFacts {
  readonly id: string
  /** The time at which it was replaced. */
  readonly at: Date
  readonly bytes: number
  /** The change that replaced it; undefined if it is not on record. */
  readonly replaced?: ConfigChange
}

/** The user who changes the configuration. */
export type ConfigEditor = Pick<ConfigChange, 'by' | 'via'>

/** The text that a change is based on, by its tag, and its author. */
export interface ConfigChangeOf {
  readonly etag: string
  readonly editor: ConfigEditor
}

/** Reads, checks and replaces the configuration file. */
export interface ConfigFile {
  read(): Promise<ConfigText>
  check(text: string): Promise<readonly Issue[]>
  /**
   * Replaces the file with a text that must be a valid configuration, and keeps the previous version. Rejects with `web/changed` or `web/invalid`.
   */
  write(text: string, of: ConfigChangeOf): Promise<void>
  /** Like `write`, for a change of one task. */
  edit(edit: TaskEdit, of: ConfigChangeOf): Promise<void>
  versions(): Promise<readonly ConfigVersionFacts[]>
  version(id: string): Promise<ConfigVersionFacts & { readonly text: string }>
}

const MAX_VERSIONS = 100

interface Found {
  readonly file: string
  readonly plan: Plan | undefined
  readonly issues: readonly Issue[]
}

export function openConfigFile(plans: PlanCache, host: WebHost): ConfigFile {
  const fileOf = async (): Promise<Found> => {
    const { plan, issues } = await plans.loaded()
    const file = plan?.file ?? host.choice.file ?? issues[0]?.file
    if (file === undefined) throw new ConfigFileError('no-config', 'configuration file not found')
    return { file, plan, issues }
  }
  const load = async (file: string, text: string): Promise<Loaded> => {
    const reader = trustedReader()
    const resolved = await reader.resolve(file).catch(() => file)
    const reading = { ...reader, read: async (path: string) => (path === file || path === resolved ? Buffer.from(text) : reader.read(path)) }
    const { invokedAs } = host.choice
    return loadConfig(file, { reader: reading, host: hostFacts(host.env), invokedAs, shippedRoot: join(SHARE, 'palhm') })
  }
  const secretsOf = ({ file, plan }: Found) =>
    openConfigSecrets(host, {
      compile: async (text) => (await load(file, text)).plan,
      earlier: () => withHistory(historyOf(file, plan, host), (folder) => versionsIn(folder).map(({ id }) => readIn(folder, id))),
    })
  const check = async (file: string, { text, unknownLines }: Shown): Promise<readonly Issue[]> => {
    const { issues } = await load(file, text)
    return [...unknownLines.map((line) => unknownPlaceholder(file, line)), ...issues]
  }
  const replace = async (edit: (text: string, dialect: Dialect) => string, { etag, editor }: ConfigChangeOf) => {
    const found = await fileOf()
    const { file, plan } = found
    const before = readText(file)
    if (etagOf(before) !== etag)
      throw new ConfigFileError('changed', 'the configuration was changed since it was read', { hint: 'Load it again, and make the change there.' })
    const secrets = secretsOf(found)
    const after = await secrets.show(edit(secrets.hide(before, plan), plan?.dialect ?? 'native'), before, plan)
    const [error] = (await check(file, after)).filter(({ severity }) => severity === 'error')
    if (error)
      throw new ConfigFileError('invalid', `line ${error.line ?? 1}: ${error.message}`, { ...(error.hint !== undefined && { hint: error.hint }) })
    const version = keepVersion(historyOf(file, plan, host), { name: basename(file), text: before, at: host.clock() })
    recordChange({ version, ...editor, before: etag, after: etagOf(after.text) }, host)
    const mode = (await stat(file)).mode & 0o777
    const { folder, name } = openTargetSync(file)
    try {
      // Checked again: another process can have changed the file since it was read.
      if (etagOf(readIn(folder, name)) !== etag) throw new ConfigFileError('changed', 'the configuration was changed meanwhile')
      replaceFileInSync(folder, name, after.text, { mode, isDurable: true })
    } finally {
      closeFolderSync(folder)
    }
    plans.forget()
  }
  // The pages and the API alone are two servers, with one record of the changes.
  const change = (edit: (text: string, dialect: Dialect) => string, of: ConfigChangeOf) => withLock('config', host, () => replace(edit, of))
  return {
    async read() {
      const found = await fileOf()
      const { file, plan, issues } = found
      const text = readText(file)
      const { mtime } = await stat(file)
      const dialect = plan?.dialect ?? 'native'
      const hidden = secretsOf(found).hide(text, plan)
      return { file, dialect, text: hidden, etag: etagOf(text), modified: mtime, issues, includes: plan?.files.slice(1) ?? [] }
    },
    async check(text) {
      const found = await fileOf()
      const { file, plan } = found
      return check(file, await secretsOf(found).show(text, readText(file), plan))
    },
    write: (text, of) => change(() => text, of),
    edit: (edit, of) => change((text, dialect) => editTask(text, edit, dialect), of),
    async versions() {
      const { file, plan } = await fileOf()
      return withChanges(withHistory(historyOf(file, plan, host), versionsIn), host)
    },
    async version(id) {
      const found = await fileOf()
      const { file, plan } = found
      const version = withHistory(historyOf(file, plan, host), (folder) => {
        const facts = versionsIn(folder).find((it) => it.id === id)
        return facts && { ...facts, text: readIn(folder, id) }
      })
      if (version === undefined) throw new ConfigFileError('unknown-version', 'unknown version')
      return { ...version, ...withChanges([version], host)[0], text: await secretsOf(found).hideEarlier(version.text, plan) }
    },
  }
}

function unknownPlaceholder(file: string, line: number): Issue {
  const hint = 'Enter the secret itself, or load the configuration again.'
  return { severity: 'error', file, line, path: '', message: 'unknown placeholder of a secret', hint }
}

/** KristaBackup stored earlier versions beside its configuration; otherwise they are in the state folder. */
function historyOf(file: string, plan: Plan | undefined, host: WebHost): string {
  return plan?.dialect === 'krista' ? join(dirname(file), 'config_history') : join(stateFolder(host.env, host.uid), 'web', 'config-history')
}

function withHistory<T>(path: string, work: (folder: Folder) => T): T {
  const folder = openOrMakeFolderSync(path, 0o700)
  try {
    return work(folder)
  } finally {
    closeFolderSync(folder)
  }
}

function withChanges(versions: readonly ConfigVersionFacts[], host: WebHost): readonly ConfigVersionFacts[] {
  const changes = new Map(readChanges(host).map((it) => [it.version, it]))
  return versions.map((it) => {
    const replaced = changes.get(it.id)
    return replaced === undefined ? it : { ...it, replaced }
  })
}

/** Gives its id. */
function keepVersion(path: string, { name, text, at }: { readonly name: string; readonly text: string; readonly at: Date }): string {
  return withHistory(path, (folder) => {
    const stamp = at.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '').replace('T', '_')
    const taken = new Set(namesInSync(folder))
    let id = `${name}.${stamp}`
    for (let number = 2; taken.has(id); number += 1) id = `${name}.${stamp}-${number}`
    replaceFileInSync(folder, id, text, { mode: 0o600, isDurable: true })
    return id
  })
}

function versionsIn(folder: Folder): readonly ConfigVersionFacts[] {
  return namesInSync(folder)
    .filter((name) => /^[\w.+-]+\.\d{8}_\d{6}(?:-\d+)?$/u.test(name) && !name.startsWith('users.yaml.') && !name.startsWith('servers.yaml.'))
    .flatMap((id) => {
      const found = statInSync(folder, id)
      return found?.isFile() ? [{ id, at: found.mtime, bytes: found.size }] : []
    })
    .toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1))
    .slice(0, MAX_VERSIONS)
}

function readText(file: string): string {
  const { folder, name } = openTargetSync(file)
  try {
    return readIn(folder, name)
  } finally {
    closeFolderSync(folder)
  }
}

function readIn(folder: Folder, name: string): string {
  return readSmallInSync(folder, name).toString('utf8')
}

function etagOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
