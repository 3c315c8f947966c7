import type { Redactor } from '../../lib/redactor/redactor.ts'
import { commandName } from '../../plan/command.ts'
import { keepStderr } from '../pipes/stderr-tail.ts'
import { readTap } from '../pipes/tap.ts'
import type { PipelineCall } from '../processes.ts'
import type { PreparedCommand } from '../start/prepare-command.ts'
import type { Stage } from '../start/stage.ts'
import type { Child } from '../start/start-child.ts'

/** Begins to read the stderr and the taps of a started program. */
export function watchStage(
  { command, taps }: PreparedCommand,
  child: Child,
  { stderrFd, call, redactor }: { readonly stderrFd: number; readonly call: PipelineCall; readonly redactor: Redactor },
): Stage {
  const name = commandName(command)
  const onText = command.showStderr === 'never' ? undefined : (text: string) => call.onStderr?.(name, text, command.showStderr)
  const stderr = keepStderr(stderrFd, { redactor, ...(call.isStderrData === true ? { onRaw: onText } : { onText }) })
  return { command, child, stderr, taps: taps.map(({ fd, collect }) => readTap(fd, collect, call.onTail)) }
}
