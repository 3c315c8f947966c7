import { useSearch } from '@tanstack/react-router'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { ExportButtons } from '../../ui/export/export-buttons.tsx'
import { exportSets } from '../sets/export-sets.ts'
import { SetList } from '../sets/set-list.tsx'

export function SetsTab({ host }: { host: Host }) {
  const { task } = useSearch({ from: '/hosts/$host' })
  const search = { host: host.id, task }
  return (
    <>
      <div className="row filters">
        <span className="grow" />
        <ExportButtons load={() => exportSets(search)} name="sets" />
      </div>
      <SetList search={search} />
    </>
  )
}
