import { useQuery } from '@tanstack/react-query'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { queryOf } from '../../api/queries.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { TaskCard } from './task-card.tsx'

export function TasksTab({ host }: { host: Host }) {
  const { host: words } = useMessages()
  const tasks = useQuery(queryOf('listTasks', { query: { host: host.id, limit: 1000 } }))
  return (
    <Loaded query={tasks}>
      {({ rows }) =>
        rows.length === 0 ? (
          <section className="teach">
            <p>{words.noTasks}</p>
            <p className="muted">{words.noTasksHint}</p>
            <Copy text="holdfast config check" />
          </section>
        ) : (
          <div className="stack">
            {rows.map((task) => (
              <TaskCard key={task.name} task={task} />
            ))}
          </div>
        )
      }
    </Loaded>
  )
}
