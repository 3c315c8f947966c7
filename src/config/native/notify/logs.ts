import type { LocatedNode } from '../../../document/yaml/node.ts'
import { DAY_MS } from '../../../lib/durations.ts'
import type { RunLogs } from '../../../plan/run-logs.ts'
import type { Context } from '../context.ts'
import { checkForm } from '../schema/check-form.ts'
import { logs } from '../schema/logs.ts'

/** Compiles `logs`; undefined if missing, or invalid, which is reported. */
export function compileLogs(at: LocatedNode | undefined, { report }: Pick<Context, 'report'>): RunLogs | undefined {
  const input = at && checkForm(at, logs, report)
  if (!input) return undefined
  const { folder, tag = '', language, trigger } = input
  const keep = {
    ...(input['keep-time'] !== undefined && { days: input['keep-time'] / DAY_MS }),
    ...(input['keep-size'] !== undefined && { bytes: Number(input['keep-size']) }),
  }
  return {
    folder,
    tag,
    onConsole: false,
    generalLog: 'general.log',
    ...(language !== undefined && { language }),
    ...(trigger && { triggerFile: trigger.file, ...(trigger.strict === false && { strict: false }) }),
    ...(Object.keys(keep).length > 0 && { keep }),
  }
}
