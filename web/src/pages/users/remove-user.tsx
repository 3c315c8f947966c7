import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { User } from '../../../../src/api/schema/users.ts'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ConfirmByName } from '../../ui/form/confirm-by-name.tsx'

export function RemoveUser({ user, onClose }: { user: User; onClose: () => void }) {
  const { users } = useMessages()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => call('removeUser', { query: { name: user.name } }),
    onSuccess: async () => {
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'listUsers' || queryKey[0] === 'listTokens' })
      onClose()
    },
  })
  return (
    <ConfirmByName title={users.removeTitle(user.name)} name={user.name} action={users.remove} change={remove} onClose={onClose}>
      <p>{users.removeText}</p>
    </ConfirmByName>
  )
}
