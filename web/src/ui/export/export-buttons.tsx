import { useMutation } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../failure.tsx'
import { type ExportRow, toCsv } from './export-rows.ts'
import { saveFile } from './save-file.ts'

interface ExportProps {
  /** All rows of the filtered table, not only the displayed ones. */
  readonly load: () => Promise<readonly ExportRow[]>
  readonly name: string
}

export function ExportButtons({ load, name }: ExportProps) {
  const { common } = useMessages()
  const save = useMutation({
    mutationFn: async (kind: 'csv' | 'json') => {
      const rows = await load()
      // First: what leaves the page is on record.
      await call('recordExport', {
        body: { table: name, format: kind, rows: rows.length, page: `${location.pathname}${location.search}`.slice(0, 2000) },
      })
      if (kind === 'csv') saveFile(`${name}.csv`, { text: toCsv(rows), type: 'text/csv;charset=utf-8' })
      else saveFile(`${name}.json`, { text: `${JSON.stringify(rows, null, 2)}\n`, type: 'application/json' })
    },
  })
  return (
    <div className="row export">
      <button type="button" className="button plain small" onClick={() => save.mutate('csv')} title={common.exportAs(common.exportCsv)}>
        {common.exportCsv}
      </button>
      <button type="button" className="button plain small" onClick={() => save.mutate('json')} title={common.exportAs(common.exportJson)}>
        {common.exportJson}
      </button>
      <ActionFailure error={save.error} />
    </div>
  )
}
