import { useMessages } from '../i18n/language.tsx'
import type { Messages } from '../i18n/message-shape.ts'
import { Icon, type IconName } from './icons.tsx'

export type StateName = keyof Messages['states']
export type Tone = 'bad' | 'warn' | 'good' | 'run' | 'none'

const looks: Readonly<Record<StateName, readonly [Tone, IconName]>> = {
  failed: ['bad', 'failed'],
  killed: ['bad', 'failed'],
  overdue: ['bad', 'overdue'],
  silent: ['bad', 'silent'],
  interrupted: ['warn', 'stopped'],
  warning: ['warn', 'warning'],
  warnings: ['warn', 'warning'],
  partial: ['warn', 'warning'],
  locked: ['warn', 'overdue'],
  unknown: ['none', 'unknown'],
  'never-run': ['none', 'waiting'],
  stopped: ['none', 'stopped'],
  waiting: ['none', 'waiting'],
  expired: ['none', 'ok'],
  ended: ['none', 'ok'],
  ok: ['good', 'ok'],
  done: ['good', 'ok'],
  published: ['good', 'ok'],
  running: ['run', 'running'],
}

export function toneOf(state: StateName): Tone {
  return looks[state][0]
}

/** An icon and a word. */
export function State({ state, children }: { state: StateName; children?: React.ReactNode }) {
  const { states } = useMessages()
  const [tone, icon] = looks[state]
  return (
    <span className={`state ${tone}`}>
      <Icon name={icon} />
      <span>{children ?? states[state]}</span>
    </span>
  )
}
