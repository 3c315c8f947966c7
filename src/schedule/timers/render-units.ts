import type { ScheduleSpec } from '../../plan/plan.ts'
import { calendarLines } from './calendar-lines.ts'

/** What a run of a task needs of the host, as far as its plan shows. */
export interface UnitNeeds {
  /** Folders that it writes to. One that is missing is reported by the run. */
  readonly writes: readonly string[]
  /** It runs commands that may write anywhere, and need anything. */
  readonly isOpen: boolean
  /** `all`; or only facts about the interfaces of the host; or nothing. */
  readonly network: 'all' | 'interfaces' | 'none'
  /** It reads devices: the facts of the host. */
  readonly readsDevices: boolean
  /** It sets the mode of folders that may inherit a group (setgid). */
  readonly setsGroupBit: boolean
  /** Mount points for which it waits while the host starts. One that is missing is reported by the run. */
  readonly mounts: readonly string[]
}

export interface TaskUnits {
  readonly task: string
  /** The configuration. */
  readonly file: string
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly schedule: ScheduleSpec
  readonly needs: UnitNeeds
}

/** The name of the units of a task, without `.service` and `.timer`. Characters that are not permitted there are escaped as systemd-escape(1) does. */
export function unitName(task: string): string {
  return `holdfast-task-${escaped(task, /[\w:.-]/u)}`
}

/** The unit of a mount point, named as `systemd-escape --path` does. */
function mountUnit(path: string): string {
  const inner = path.split('/').filter(Boolean).join('/')
  const name = escaped(inner, /[\w:./]/u)
    .replace(/^\./u, '\\x2e')
    .replaceAll('/', '-')
  return `${name === '' ? '-' : name}.mount`
}

/** Each byte that is not `kept`, in hexadecimal. */
function escaped(text: string, kept: RegExp): string {
  const inHex = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => (byte < 128 && kept.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : inHex(byte)))
    .join('')
}

/** The first line of both units, by which they are recognized later. */
export function unitMark({ task, file }: Pick<TaskUnits, 'task' | 'file'>): string {
  return `# Made by "holdfast enable --systemd" for the task ${JSON.stringify(task)} of ${JSON.stringify(file)}. To change it: systemctl edit.`
}

export function renderTimer(units: TaskUnits): string {
  const { task, schedule } = units
  return section([
    unitMark(units),
    '[Unit]',
    `Description=Schedule of the Holdfast task ${quoted(task)}`,
    'Documentation=man:holdfast(8)',
    '',
    '[Timer]',
    ...calendarLines(schedule),
    ...(schedule.jitterMs > 0 ? [`RandomizedDelaySec=${Math.ceil(schedule.jitterMs / 1000)}`] : []),
    `Persistent=${schedule.catchUp ? 'yes' : 'no'}`,
    'AccuracySec=1s',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ])
}

export function renderService(units: TaskUnits): string {
  const { task, file, argv, environment, needs } = units
  return section([
    unitMark(units),
    '[Unit]',
    `Description=Holdfast task ${quoted(task)}`,
    'Documentation=man:holdfast(8)',
    ...(needs.network === 'all' ? ['Wants=network-online.target'] : []),
    `After=${[...(needs.network === 'all' ? ['network-online.target'] : []), 'time-sync.target', ...needs.mounts.map(mountUnit)].join(' ')}`,
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${argv.map((it, index) => (index === 0 ? word(it) : word(it).replaceAll('$', '$$$$'))).join(' ')}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${word(`${name}=${value}`)}`),
    `LogExtraFields=${word(`HOLDFAST_TASK=${task}`)} ${word(`HOLDFAST_CONFIG=${file}`)}`,
    '# Longer than the rollback of a stopped run takes.',
    'TimeoutStopSec=150',
    ...sandbox(needs),
  ])
}

function sandbox({ writes, isOpen, network, readsDevices, setsGroupBit }: UnitNeeds): readonly string[] {
  if (isOpen)
    return [
      '# The task runs commands, which may need anything, and may leave programs running.',
      'KillMode=process',
      'LockPersonality=yes',
      'RestrictRealtime=yes',
    ]
  return [
    'KillMode=mixed',
    '# The folders and networks that the task needs according to its configuration.',
    'ProtectSystem=strict',
    '# Which "strict" leaves writable: /home and /root; and /run, because of other settings below.',
    ...readOnly(writes),
    '# Also if one is missing, which the run reports: without the minus, it would not start.',
    `ReadWritePaths=${writes.map((path) => word(`-${path}`)).join(' ')}`,
    ...(network === 'none' ? ['PrivateNetwork=yes'] : []),
    ...(network === 'interfaces' ? ['IPAddressDeny=any'] : []),
    `RestrictAddressFamilies=AF_UNIX AF_NETLINK${network === 'none' ? '' : ' AF_INET AF_INET6'}`,
    ...(readsDevices ? [] : ['DevicePolicy=closed', 'ProtectClock=yes', 'ProtectKernelLogs=yes']),
    'CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_BOOT CAP_SYS_TIME CAP_SYS_PACCT CAP_MAC_ADMIN CAP_MAC_OVERRIDE CAP_WAKE_ALARM',
    ...[...PROTECTED, ...(setsGroupBit ? [] : ['RestrictSUIDSGID'])].map((it) => `${it}=yes`),
    'SystemCallArchitectures=native',
    'SystemCallFilter=~@clock @module @reboot @swap @obsolete @cpu-emulation',
    'SystemCallErrorNumber=EPERM',
  ]
}

// The paths of ProtectHome.
const HOMES = ['/home', '/root', '/run/user']

/** Of two settings for one path, systemd applies the stricter one: a path to which the task writes is not made read-only. */
function readOnly(writes: readonly string[]): readonly string[] {
  const others = HOMES.filter((path) => !writes.includes(path))
  const isFree = others.length === HOMES.length
  const paths = [...(isFree ? [] : others.map((path) => `-${path}`)), ...(writes.includes('/run') ? [] : ['/run'])]
  return [...(isFree ? ['ProtectHome=read-only'] : []), ...(paths.length === 0 ? [] : [`ReadOnlyPaths=${paths.join(' ')}`])]
}

const PROTECTED = [
  ...['NoNewPrivileges', 'ProtectKernelTunables', 'ProtectKernelModules', 'ProtectControlGroups', 'ProtectHostname'],
  ...['RestrictNamespaces', 'RestrictRealtime', 'LockPersonality'],
]

/** One word of a setting, in quotes if necessary (systemd.syntax(7)). */
function word(text: string): string {
  const plain = text.replaceAll('%', '%%')
  return /^[\w%@:=,./+-]+$/u.test(plain) ? plain : `"${plain.replaceAll(/["\\]/gu, '\\$&')}"`
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('%', '%%')
}

function section(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
