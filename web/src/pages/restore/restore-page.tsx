import { useNavigate, useSearch } from '@tanstack/react-router'
import { present } from '../../app/search.ts'
import { useMessages } from '../../i18n/language.tsx'
import { HostChoice } from '../../ui/host-choice.tsx'
import { HostZone } from '../../ui/host-zone.tsx'
import { JobView } from '../../ui/job-view.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { ChooseWhat } from './choose-what.tsx'
import { RestoreCommand } from './restore-command.tsx'
import type { ChangeRestore } from './restore-search.ts'

/** Leads a user without experience from a lost file to the correct command: host, set, object, path. */
export function RestorePage() {
  const { restore } = useMessages()
  useTitle(restore.title)
  const search = useSearch({ from: '/restore' })
  const { host = 'local', task, job } = search
  const navigate = useNavigate({ from: '/restore' })
  const change: ChangeRestore = (changed) => void navigate({ search: (now) => present({ ...now, job: undefined, ...changed }), replace: true })
  return (
    <HostZone host={host}>
      <div className="head">
        <div>
          <h1>{restore.title}</h1>
          <p className="muted">{restore.intro}</p>
        </div>
      </div>
      <div className="restore">
        <section className="card">
          <div className="card-head">
            <h2>{restore.what}</h2>
          </div>
          <div className="card-body stack">
            <HostChoice host={host} onChange={(it) => void navigate({ search: it === 'local' ? {} : { host: it } })} isShort={false} />
            <ChooseWhat search={search} onChange={change} />
          </div>
        </section>
        <section className="card">
          <div className="card-head">
            <h2>{restore.how}</h2>
          </div>
          <div className="card-body stack">
            {task === undefined ? <p className="muted">{restore.chooseFirst}</p> : <RestoreCommand search={search} task={task} onChange={change} />}
            {job !== undefined && (
              <>
                <h3>{restore.progress}</h3>
                <JobView id={job} />
              </>
            )}
          </div>
        </section>
      </div>
    </HostZone>
  )
}
