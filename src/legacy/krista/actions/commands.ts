import { posix } from 'node:path'
import type { Command } from '../../../plan/command.ts'
import type { ExecStep } from '../../../plan/plan.ts'
import type { IssueStep } from '../../../plan/steps/step-options.ts'
import { listOf } from '../attributes.ts'
import type { ActionCall } from '../context.ts'
import { issueOf } from '../distinct-report.ts'
import { isNull, itemsOf, type Value } from '../yaml/value.ts'

/** One shell command. */
export function compileCommand(call: ActionCall): readonly (ExecStep | IssueStep)[] | undefined {
  const { attributes, options } = call
  const at = attributes.value('cmd')
  const [first] = at?.node.kind === 'list' ? itemsOf(at) : at ? [at] : []
  if (at && at.node.kind === 'list')
    attributes.report.warn(at, 'expected one command, found a list; only the first item is run', 'Write one string, or use the type "script".')
  return one(call, first, options)
}

function one(call: ActionCall, at: Value | undefined, options: ActionCall['options']): readonly (ExecStep | IssueStep)[] | undefined {
  const { attributes } = call
  const where = at ?? attributes.at
  if (at && (at.node.kind !== 'scalar' || (at.node.type !== 'str' && !isNull(at))))
    return noCommand(call, where, ['expected a string', 'Put it in quotes.'], options)
  const text = at?.node.kind === 'scalar' && !isNull(at) ? at.node.text : ''
  if (text.trim() === '') return noCommand(call, where, ['the command is empty', 'Write a command, or remove the action.'], options)
  const command = shellCommand(call, ['/bin/sh', '-c', text])
  return command && [{ kind: 'exec', ...options, command }]
}

/** If nothing can be run: a failure if the action must fail, otherwise a warning. */
function noCommand(
  { attributes }: ActionCall,
  at: Value,
  words: readonly [string, string],
  options: ActionCall['options'],
): readonly IssueStep[] | undefined {
  if (options.onFailure !== 'continue') return attributes.report.error(at, ...words)
  attributes.report.warn(at, ...words)
  return [{ kind: 'issue', ...options, issue: issueOf('warning', at, ...words) }]
}

function shellCommand({ attributes, use }: ActionCall, argv: Command['argv']): Command | undefined {
  const { folder, environment, searchPath } = use.context
  if (argv.some((it) => it.includes('\0'))) return attributes.report.error(attributes.at, 'the command contains a NUL character')
  return {
    argv,
    execId: attributes.name,
    environment,
    searchPath,
    accept: { min: 0, max: 0 },
    showStdout: 'verbose',
    showStderr: 'verbose',
    workingFolder: posix.resolve(folder, attributes.text('src_path') ?? '.'),
  }
}

// Runs each argument as a separate command, all of them, and fails if one has failed.
const RUN_ALL =
  'code=0; for command; do /bin/sh -c "$command" || { code=$?; printf "exit code %s: %s\\n" "$code" "$command" >&2; }; done; exit "$code"'

/** Several commands. All are run, even if one fails. */
export function compileScript(call: ActionCall): readonly (ExecStep | IssueStep)[] | undefined {
  const { attributes, options } = call
  const at = attributes.value('cmds')
  if (!at) return noCommands(call, attributes.at)
  const items = at.node.kind === 'list' ? itemsOf(at) : textItems(at, call)
  if (items.length === 0) return noCommands(call, at)
  if (options.onFailure === 'continue' || items.length === 1) {
    const steps = items.map((item) => one(call, item, options))
    return steps.every((it) => it !== undefined) ? steps.flat() : undefined
  }
  // One step, because a task may end at the first failed step, but all commands must be run.
  const texts = items.flatMap((item) => (one(call, item, options) && item.node.kind === 'scalar' ? [item.node.text] : []))
  const command = texts.length === items.length ? shellCommand(call, ['/bin/sh', '-c', RUN_ALL, 'sh', ...texts]) : undefined
  return command && [{ kind: 'exec', ...options, command }]
}

function textItems(at: Value, { attributes }: ActionCall): readonly Value[] {
  return listOf(at, attributes.report).map((text) => ({
    ...at,
    node: { kind: 'scalar', at: at.node.at, type: 'str', text, source: text },
  }))
}

// An empty list was never a failure.
function noCommands({ attributes, options }: ActionCall, at: Value): readonly IssueStep[] {
  const words = ['no commands are configured', 'Add them to "cmds".'] as const
  attributes.report.warn(at, ...words)
  return [{ kind: 'issue', ...options, issue: issueOf('warning', at, ...words) }]
}
