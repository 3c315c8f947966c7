import { useSearch } from '@tanstack/react-router'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { SetList } from '../sets/set-list.tsx'

export function SetsTab({ host }: { host: Host }) {
  const { task } = useSearch({ from: '/hosts/$host' })
  return <SetList search={{ host: host.id, task }} />
}
