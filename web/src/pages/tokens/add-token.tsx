import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Token } from '../../../../src/api/schema/tokens.ts'
import { call } from '../../api/client.ts'
import { useSession } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'
import { Field } from '../../ui/form/field.tsx'
import { FormButtons } from '../../ui/form/form-buttons.tsx'
import { Select } from '../../ui/form/select.tsx'

const SCOPES = ['metrics', 'peer', 'viewer', 'operator', 'admin'] as const satisfies readonly Token['scope'][]
const SPANS = ['30', '90', '365', 'endless'] as const

/** A new token; it is displayed once. */
export function AddToken({ onClose }: { onClose: () => void }) {
  const { tokens, common } = useMessages()
  const { session } = useSession()
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Token['scope']>('viewer')
  const [span, setSpan] = useState<(typeof SPANS)[number]>('90')
  const add = useMutation({
    mutationFn: () => call('addToken', { body: { name: name.trim(), scope, days: span === 'endless' ? null : Number(span) } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['listTokens'] }),
    // The token is not stored in the cache or the address.
    gcTime: 0,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  if (add.data) return <NewToken name={add.data.name} token={add.data.token} onClose={onClose} />
  const own = session.user?.role ?? 'viewer'
  const given = SCOPES.slice(0, SCOPES.indexOf(own) + 1)
  return (
    <Dialog title={tokens.add} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label={tokens.name} value={name} onChange={setName} hint={tokens.nameHint} isRequired isFirst />
        <Select
          label={tokens.scope}
          value={scope}
          onChange={setScope}
          hint={tokens.may[scope]}
          options={given.map((it) => [it, tokens.scopes[it]] as const)}
        />
        <Select
          label={tokens.expires}
          value={span}
          onChange={setSpan}
          options={SPANS.map((it) => [it, it === 'endless' ? tokens.endless : common.days(Number(it))] as const)}
        />
        <ActionFailure error={add.error} />
        <FormButtons action={tokens.add} isPending={add.isPending} onClose={onClose} />
      </form>
    </Dialog>
  )
}

function NewToken({ name, token, onClose }: { name: string; token: string; onClose: () => void }) {
  const { tokens, common } = useMessages()
  return (
    <Dialog title={tokens.newTitle(name)} onClose={onClose}>
      <p role="status">{tokens.newText}</p>
      <Copy text={token} label={tokens.token} />
      <p className="small muted">{tokens.use}</p>
      <Copy text={tokens.example(new URL('api/v1/hosts', document.baseURI).href)} label={tokens.use} />
      <div className="row">
        <button type="button" className="button" onClick={onClose}>
          {common.close}
        </button>
      </div>
    </Dialog>
  )
}
