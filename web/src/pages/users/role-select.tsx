import type { User } from '../../../../src/api/schema/users.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Select } from '../../ui/form/select.tsx'

export type RoleName = User['role']

const ROLES: readonly RoleName[] = ['viewer', 'operator', 'admin']

export function RoleSelect({ role, onChange }: { role: RoleName; onChange: (role: RoleName) => void }) {
  const { users, shell } = useMessages()
  return (
    <Select label={users.role} value={role} options={ROLES.map((it) => [it, shell.roles[it]] as const)} onChange={onChange} hint={users.may[role]} />
  )
}
