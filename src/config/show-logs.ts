import { formatBytes } from '../lib/format.ts'
import { DEFAULT_LOG_LIMITS, type RunLogs } from '../plan/run-logs.ts'
import type { Lines } from './show-notify.ts'

/** What `config show` says about the logs of runs. */
export function logLines({ folder, triggerFile, strict, tag, language, keep }: RunLogs): Lines {
  const { days, bytes } = { ...DEFAULT_LOG_LIMITS, ...keep }
  return [
    `folder: ${folder}`,
    `tag: ${tag === '' ? 'host name' : tag}`,
    `language: ${language ?? 'from the environment'}`,
    `kept: ${days} d, at most ${formatBytes(bytes)}`,
    ...(triggerFile === undefined ? [] : [`trigger file: ${triggerFile}${strict === false ? ', SUCCESS from the beginning of a run' : ''}`]),
  ]
}
