import { named, page, statuses, verbosity } from '../listing.js'
import { stamp, type ActionTable } from '../world.js'

const jobStatuses = ['pending', 'working', 'failed', 'successful', 'done with failure']

export const jobActions: ActionTable = {
  DescribeJobs (world, params) {
    verbosity(params)
    const asked = statuses(params, jobStatuses)
    const action = params.text('job_action')
    const rows = named(world, world.store.jobs, params.list('jobs'))
      .filter((job) => job.createdAt + world.switches.jobListedAfterMs <= world.clock.now())
      .filter((job) => asked?.has(job.status) ?? true)
      .filter((job) => action === undefined || job.action === action)
    return page(world, params, {
      set: 'job_set',
      rows,
      show: (job) => ({
        job_id: job.id,
        job_action: job.action,
        resource_ids: job.resourceIds.join(' '),
        owner: world.owner,
        status: job.status,
        error_codes: '',
        directive: '',
        create_time: stamp(job.createdAt),
        status_time: stamp(job.statusAt)
      })
    })
  }
}
