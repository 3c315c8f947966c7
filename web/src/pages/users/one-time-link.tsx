import type { z } from 'zod'
import type { UserWithLink } from '../../../../src/api/schema/users.ts'
import { Time } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'

interface LinkProps {
  readonly user: z.output<typeof UserWithLink>
  /** Describes the completed action. */
  readonly text: string
  readonly onClose: () => void
}

/** Displayed once: the address at which a user chooses a password. */
export function OneTimeLink({ user: { link, linkEnds }, text, onClose }: LinkProps) {
  const { users, common } = useMessages()
  return (
    <Dialog title={users.linkTitle} onClose={onClose}>
      <p role="status">{text}</p>
      {link !== null && (
        <>
          <p>{users.linkText}</p>
          <Copy text={new URL(link, document.baseURI).href} label={users.linkTitle} />
        </>
      )}
      {linkEnds !== null && (
        <p className="small muted">
          {users.linkEnds} <Time at={linkEnds} isStop />
        </p>
      )}
      <div className="row">
        <button type="button" className="button" onClick={onClose}>
          {common.close}
        </button>
      </div>
    </Dialog>
  )
}
