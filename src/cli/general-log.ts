import { dirname } from 'node:path'
import { messageOf } from '../lib/errors.ts'
import type { Plan } from '../plan/plan.ts'
import { tellGeneralLog } from '../report/run-log/general-log.ts'
import type { LogLevel } from '../report/run-log/log-record.ts'
import { languageOf, textsIn } from '../report/run-log/texts-in.ts'
import type { Exit } from './exit.ts'
import type { World } from './world.ts'

/** What a command did to the crontab. */
export interface Changed {
  readonly exit: Exit
  readonly enabled: readonly string[]
  readonly disabled: readonly string[]
}

interface Done {
  readonly plan: Plan
  readonly command: string
  /** Nothing is changed, and nothing logged. */
  readonly isDry: boolean
}

/** Tells the plan's general log, where it has one, what the command did or why it could not. */
export async function withGeneralLog({ plan, command, isDry }: Done, world: World, work: () => Promise<Changed>): Promise<Exit> {
  const { runLogs, file } = plan
  const texts = textsIn(runLogs?.language ?? languageOf(world.env))
  const tell = (level: LogLevel, text: string) => {
    if (runLogs === undefined || isDry) return
    const trouble = tellGeneralLog(runLogs, { home: dirname(file), level, text, at: world.clock(), makesFolder: false })
    if (trouble !== undefined) world.stderr.write(`note: could not write the general log: ${trouble}\n`)
  }
  try {
    const { exit, enabled, disabled } = await work()
    for (const task of enabled) tell('INFO', texts.enabled(task))
    for (const task of disabled) tell('INFO', texts.disabled(task))
    return exit
  } catch (error) {
    tell('ERROR', texts.cannotDo(command, messageOf(error)))
    throw error
  }
}
