import type { KristaCommand } from './argv.ts'

const USAGE: Readonly<Record<KristaCommand, readonly string[]>> = {
  run: [
    'run UNIT [--dry] [-v] [-q]',
    '',
    'Runs the task with this name, or the action if there is no such task.',
    '',
    '  --dry             for an action: print what it would do, and change nothing',
  ],
  enable: ['enable|en TASK|all', '', 'Adds the task, or all tasks, to the crontab.'],
  disable: ['disable|dis TASK|all', '', 'Removes the task, or all tasks, from the crontab.'],
  web: [
    'web start|stop [--api]',
    '       NAME web users list',
    '       NAME web users add|upd USER EMAIL PASSWORD [--plain | --admin]',
    '       NAME web users rm USER',
    '',
    'Starts or stops the web server, or manages its users.',
    '',
    '  --api, --webapi   only the programming interface',
  ],
}

const OPTIONS = [
  '  -f, --file FILE   configuration file; default: config.yaml beside the program, otherwise /opt/KristaBackup/config.yaml',
  '  -q, --quiet       print errors only',
  '  -v, --verbose     print what is done',
  '  --version         print the version',
  '  -h, --help        show help for the program or for a command',
]

/** The output of `--help` under the ancestor's name. */
export function renderKristaHelp(name: string, command?: KristaCommand): string {
  const lines = command
    ? USAGE[command]
    : [...Object.values(USAGE).map(([first]) => first ?? ''), '', 'All commands of "holdfast help" are available under this name, too.']
  const [first = '', ...rest] = lines.map((it) => it.replace('NAME', name))
  const body = command
    ? [`Usage: ${name} ${first}`, ...rest]
    : [`Usage: ${name} ${first}`, ...rest.map((it) => (/^[a-z]+\W/u.test(it) ? `       ${name} ${it}` : it))]
  return `${[...body, '', 'Options, in any position:', ...OPTIONS].join('\n')}\n`
}
