import type { Definition } from '../../src/services/registry/definition.js'
import { createMeant, type Feed } from './meant.js'
import { createRecent } from './recent.js'
import type { Written } from './written.js'

/** Which definitions stand in the process that runs, and what is meant by those that are written. */
export interface Ledger {
  /** Sets of definitions that a plan may follow now: those that stand, and those that stood when it could be made. */
  recent: () => ReadonlyArray<readonly Definition[]>
  /** The same of what files and the admin API mean, whatever the process makes of it. */
  feeds: () => ReadonlyArray<readonly Feed[]>
  /** What has to leave, or has left: nothing of it is to stay. */
  gone: () => readonly Feed[]
  /** A process starts: it has read nothing yet. */
  begin: () => void
  /** These stand in it now. */
  stands: (definitions: readonly Definition[]) => void
  /** It reads the files. */
  read: () => void
  /** Its admin API has kept something. */
  kept: () => void
  died: () => void
}

export interface LedgerOptions {
  written: Written
  now: () => number
  /** Whether some call is under way that a plan made before may go on from. */
  isBusy: () => boolean
}

export function createLedger ({ written, now, isBusy }: LedgerOptions): Ledger {
  const meant = createMeant(written)
  const recent = createRecent<Definition>()
  const feeds = createRecent<Feed>()

  function kept (): void {
    meant.changed(now())
    feeds.changed(meant.feeds(), now(), isBusy())
  }

  return {
    recent: () => recent.sets(now()),
    feeds: () => feeds.sets(now()),
    gone: meant.gone,
    begin () {
      recent.clear()
      feeds.clear()
    },
    stands (definitions) {
      recent.changed(definitions, now(), isBusy())
      meant.stands(definitions, now())
    },
    read () {
      meant.look()
      kept()
    },
    kept,
    died () { meant.died(now()) }
  }
}
