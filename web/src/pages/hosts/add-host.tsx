import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { call } from '../../api/client.ts'
import { useMay } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'
import { Field } from '../../ui/form/field.tsx'
import { FormButtons } from '../../ui/form/form-buttons.tsx'

/** For administrators: adds another instance, and opens its page, which shows whether it answered. */
export function AddHostButton() {
  const { hosts } = useMessages()
  const [isOpen, setOpen] = useState(false)
  if (!useMay('admin')) return null
  return (
    <>
      <button type="button" className="button small" onClick={() => setOpen(true)}>
        {hosts.add}
      </button>
      {isOpen && <AddHost onClose={() => setOpen(false)} />}
    </>
  )
}

function AddHost({ onClose }: { onClose: () => void }) {
  const { hosts } = useMessages()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [url, setUrl] = useState('')
  const [token, setToken] = useState('')
  const add = useMutation({
    mutationFn: () => call('addHost', { body: { url: url.trim(), ...(token.trim() !== '' && { token: token.trim() }) } }),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ['listHosts'] })
      onClose()
      await navigate({ to: '/hosts/$host', params: { host: id } })
    },
    // The token is not stored in the cache.
    gcTime: 0,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <Dialog title={hosts.add} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>{hosts.addText}</p>
        <Field label={hosts.url} value={url} onChange={setUrl} hint={hosts.urlHint} isRequired isFirst />
        <Field label={hosts.token} value={token} onChange={setToken} hint={hosts.tokenHint} kind="password" />
        {token.trim() !== '' && /^http:\/\//iu.test(url.trim()) && <p className="banner warn small">{hosts.tokenExposed}</p>}
        <ActionFailure error={add.error} />
        <FormButtons action={hosts.addAction} isPending={add.isPending} onClose={onClose} />
      </form>
    </Dialog>
  )
}
