import type { KristaCommand } from './argv.ts'

const USAGE: Readonly<Record<KristaCommand, readonly string[]>> = {
  run: [
    'run UNIT [--dry] [-v] [-q]',
    '',
    'Runs the task of that name, or the action if there is no such task.',
    '',
    '  --dry             an action only: tell what it would do, and change nothing',
  ],
  enable: ['enable|en TASK|all', '', 'Puts the task into the crontab, or all tasks.'],
  disable: ['disable|dis TASK|all', '', 'Takes the task out of the crontab, or all tasks.'],
  web: [
    'web start|stop [--api]',
    '       NAME web users list',
    '       NAME web users add|upd USER EMAIL PASSWORD [--plain | --admin]',
    '       NAME web users rm USER',
    '',
    'Starts or stops the web server, or changes its users.',
    '',
    '  --api, --webapi   the one for programs only',
  ],
}

const OPTIONS = [
  '  -f, --file FILE   the configuration; else config.yaml beside the program, else /opt/KristaBackup/config.yaml',
  '  -q, --quiet       print errors only',
  '  -v, --verbose     show what is done',
  '  --version         print the version',
  '  -h, --help        explain the program or a command',
]

/** What `--help` prints under the ancestor's name. */
export function renderKristaHelp(name: string, command?: KristaCommand): string {
  const lines = command
    ? USAGE[command]
    : [...Object.values(USAGE).map(([first]) => first ?? ''), '', 'Under this name all commands of "holdfast help" work too.']
  const [first = '', ...rest] = lines.map((it) => it.replace('NAME', name))
  const body = command
    ? [`Usage: ${name} ${first}`, ...rest]
    : [`Usage: ${name} ${first}`, ...rest.map((it) => (/^[a-z]+\W/u.test(it) ? `       ${name} ${it}` : it))]
  return `${[...body, '', 'Options, in any position:', ...OPTIONS].join('\n')}\n`
}
