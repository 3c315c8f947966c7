import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { call } from '../../api/client.ts'
import { useMay } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ConfirmByName } from '../../ui/form/confirm-by-name.tsx'

/** For administrators: stops polling another instance. The server's own host cannot be removed. */
export function RemoveHostButton({ host }: { host: Host }) {
  const { host: words } = useMessages()
  const [isOpen, setOpen] = useState(false)
  const isAllowed = useMay('admin')
  if (!isAllowed || host.url === null) return null
  return (
    <>
      <button type="button" className="button plain small" onClick={() => setOpen(true)}>
        {words.removeHost}
      </button>
      {isOpen && <RemoveHost host={host} onClose={() => setOpen(false)} />}
    </>
  )
}

function RemoveHost({ host, onClose }: { host: Host; onClose: () => void }) {
  const { host: words } = useMessages()
  const client = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => call('removeHost', { path: { host: host.id } }),
    onSuccess: async () => {
      await navigate({ to: '/' })
      await client.invalidateQueries({ queryKey: ['listHosts'] })
    },
  })
  return (
    <ConfirmByName title={words.removeHostTitle(host.name)} name={host.name} action={words.removeHost} change={remove} onClose={onClose}>
      <p>{words.removeHostText}</p>
    </ConfirmByName>
  )
}
