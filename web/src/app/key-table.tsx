import { useMessages } from '../i18n/language.tsx'
import { Dialog } from '../ui/form/dialog.tsx'

const KEYS = [
  ['/', 'search'],
  ['j', 'next'],
  ['k', 'previous'],
  ['Enter', 'open'],
  ['g h', 'hosts'],
  ['g s', 'schedules'],
  ['?', 'help'],
  ['Esc', 'escape'],
] as const

export function KeyTable({ onClose }: { onClose: () => void }) {
  const { shell, common } = useMessages()
  return (
    <Dialog title={shell.keys} onClose={onClose}>
      <dl className="facts">
        {KEYS.map(([keys, what]) => (
          <div key={keys} className="fact">
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key} className="kbd">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{shell.keyTable[what]}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="button" onClick={onClose}>
        {common.close}
      </button>
    </Dialog>
  )
}
