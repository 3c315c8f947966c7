import type { ValueOf } from '../form/form.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, type ValueIn } from '../form/mapping.ts'
import { absolutePath, filledText, issueText, REFERENCES } from './schema-helpers.ts'

const value = forms.string().regex(/^[^\0]*$/u, issueText('the value contains a NUL character'))
const variable = forms.string().regex(/^[^=\0]+$/u, issueText('invalid variable name'))
const variables = forms.record(variable, value)

const ioniceWords = 'Write idle, best-effort, or best-effort with a level from 0 (highest) to 7 (lowest): best-effort 7.'

/** The environment of commands. Allowed in many places; the innermost one takes precedence. */
export const processContext = {
  environment: key(
    `Environment variables for commands, in addition to PATH, HOME, LANG and TZ, which are inherited. A value may be or contain a secret: ${REFERENCES}.`,
    variables,
  ),
  'environment-exactly': key('Like "environment", but nothing is inherited, neither PATH nor variables of enclosing levels.', variables),
  'working-folder': key("Working folder of commands. Default: the caller's working folder.", absolutePath),
  user: key('User that runs the commands, with all groups of that user. Compression and encryption run as the user of Holdfast.', filledText),
  nice: key(
    'Niceness of commands, added to that of Holdfast; 19 is the lowest priority.',
    forms.int().min(-20, issueText('invalid niceness: must be from -20 to 19')).max(19, issueText('invalid niceness: must be from -20 to 19')),
  ),
  ionice: key(
    `I/O priority. ${ioniceWords}`,
    forms.string().regex(/^(?:idle|best-effort(?: [0-7])?)$/u, issueText('invalid I/O priority', ioniceWords)),
  ),
} as const

const SHOWN = ['always', 'verbose', 'never'] as const

/** All settings of one command. */
const commandShape = {
  argv: key(
    'Program and arguments. No shell is used: nothing is expanded.',
    forms
      .list(forms.string().regex(/^[^\0]*$/u, issueText('the value contains a NUL character')))
      .min(1, issueText('at least a program is required')),
  ),
  shell: key('Script for /bin/sh, instead of "argv". In a pipeline, only a failure of the last command is detected.', filledText),
  accept: key(
    'Exit codes that mean success: a code such as "0", or a range such as "0-1". Termination by a signal is always a failure.',
    oneForm('an exit code or a range', [
      forms.int().min(0, issueText('invalid exit code')),
      forms
        .string()
        .regex(/^(?:\d{1,5}(?:-\d{1,5})?|none)$/u, issueText('invalid range of exit codes', 'Write "0", "0-1", or "none" to accept no exit code.')),
    ]),
  ),
  stdout: key('For a step: when to show its standard output. Default: always.', forms.choice(SHOWN)),
  stderr: key(
    'When to show the standard error of a successful command. Default: verbose. It is always shown for a failed command.',
    forms.choice(SHOWN),
  ),
  ...processContext,
} as const

const commandObject = mapping(() => commandShape).check((context) => {
  const { argv, shell } = context.value
  if ((argv === undefined) === (shell === undefined))
    context.issues.push({ code: 'custom', input: context.value, message: issueText('exactly one of "argv" and "shell" is required') })
})

const NO_STRING = issueText(
  'expected a command, found a string',
  'Write the program and its arguments as a list: [program, argument]. To use a shell, write { shell: "…" }.',
)

/** One command: a list of words, or an object with more settings. */
export const command = oneForm('a list of strings, or an object with "argv" or "shell"', [
  forms.list(forms.string().regex(/^[^\0]*$/u, issueText('the value contains a NUL character'))).min(1, issueText('at least a program is required')),
  commandObject,
  forms.string().refine(() => false, NO_STRING),
]).meta({ id: 'command' })

export type CommandInput = ValueOf<typeof command>
export type ProcessContext = { readonly [K in keyof typeof processContext]?: ValueIn<(typeof processContext)[K]> | undefined }
