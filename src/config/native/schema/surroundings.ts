import { z } from 'zod'
import { REFERENCES } from './references.ts'
import { absolutePath, filledText, key, mapping, oneForm, told } from './words.ts'

const value = z.string().regex(/^[^\0]*$/u, told('a NUL character'))
const variable = z.string().regex(/^[^=\0]+$/u, told('no name of a variable'))
const variables = z.record(variable, value)

const ioniceWords = 'Write idle, best-effort, or best-effort with a level from 0 (first) to 7 (last): best-effort 7.'

/** How commands are run. May stand at many places; what is nearer to the command wins. */
export const surroundings = {
  environment: key(
    `Variables for commands, beside PATH, HOME, LANG and TZ, which are inherited. A value may be a secret, or hold some: ${REFERENCES}.`,
    variables,
  ),
  'environment-exactly': key('Like "environment", but nothing is inherited, not even PATH, and nothing of outer places is added.', variables),
  'working-folder': key("Where commands are run. Not said: the caller's folder.", absolutePath),
  user: key('The user that commands are run as, with all groups of that user. Compressors and encryptors are run as ourselves.', filledText),
  nice: key(
    'Added to our own niceness; 19 is the kindest.',
    z.int().min(-20, told('a niceness is from -20 to 19')).max(19, told('a niceness is from -20 to 19')),
  ),
  ionice: key(
    `Priority of reading and writing. ${ioniceWords}`,
    z.string().regex(/^(?:idle|best-effort(?: [0-7])?)$/u, told('no such priority', ioniceWords)),
  ),
} as const

const SHOWN = ['always', 'verbose', 'never'] as const

/** Everything that one command may say about itself. */
const commandShape = {
  argv: key(
    'The program and its arguments. No shell: nothing is expanded.',
    z.array(z.string().regex(/^[^\0]*$/u, told('a NUL character'))).min(1, told('a program is expected')),
  ),
  shell: key('A script for /bin/sh, in place of "argv". A pipeline in it hides failures of all but its last command.', filledText),
  accept: key(
    'Exit codes that mean success: a code such as "0", or a range such as "0-1". A death by a signal is never a success.',
    oneForm('an exit code or a range', [
      z.int().min(0, told('no exit code')),
      z.string().regex(/^(?:\d{1,5}(?:-\d{1,5})?|none)$/u, told('no range of exit codes', 'Write "0", "0-1", or "none" to accept nothing.')),
    ]),
  ),
  stdout: key('Of a step: when its standard output is shown. Not said: always.', z.enum(SHOWN)),
  stderr: key('When the standard error of a success is shown. Not said: verbose. That of a failure is always told.', z.enum(SHOWN)),
  ...surroundings,
} as const

const commandObject = mapping(commandShape).check((context) => {
  const { argv, shell } = context.value
  if ((argv === undefined) === (shell === undefined))
    context.issues.push({ code: 'custom', input: context.value, message: told('either "argv" or "shell" is expected') })
})

const NO_STRING = told(
  'a string is no command',
  'Write the program and its arguments as a list: [program, argument]. For a shell write { shell: "…" }.',
)

/** One command: a list of words, or an object that says more. */
export const command = oneForm('a list of strings, or an object with "argv" or "shell"', [
  z.array(z.string().regex(/^[^\0]*$/u, told('a NUL character'))).min(1, told('a program is expected')),
  commandObject,
  z.string().refine(() => false, NO_STRING),
]).meta({ id: 'command' })

export type CommandInput = z.output<typeof command>
export type Surroundings = { readonly [K in keyof typeof surroundings]?: z.output<(typeof surroundings)[K]> }
