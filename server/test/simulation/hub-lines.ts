import { penOf } from '@gongping/permissions'
import type { Part, ReportState, Role } from '@gongping/permissions'
import type { ExtFrame } from '@gongping/protocol'
import * as Y from 'yjs'
import { Hub, type HubOptions } from '../../src/sync/hub.ts'
import { noMetrics } from '../../src/sync/metrics.ts'
import type { FindAccess, PartStore } from '../../src/sync/types.ts'
import { quiet } from '../sync-support.ts'
import { readFrame, syncFrame } from './frames.ts'
import { SimRights } from './rights.ts'
import { SimStore } from './store.ts'
import { World } from './world.ts'

export const REPORT = 'r'

/** One open line, seen from the client. */
export interface HubLine {
  /** Frames heard, in order. */
  readonly heard: Uint8Array[]
  readonly ext: ExtFrame[]
  /** Presence by client id, as last heard. */
  readonly presence: Map<number, unknown>
  /** Number of the last frame that was answered `saved`. */
  readonly saved: number
  readonly closedWith: number | undefined
  /** Sends a frame and lets everything happen that follows from it. */
  send(frame: Uint8Array): Promise<void>
  /** The same, without waiting. */
  put(frame: Uint8Array): void
  update(update: Uint8Array): Promise<void>
  hangUp(): Promise<void>
}

/** The sync core on a simulated clock and disk, with lines that deliver at once: thousands of attempts a second. */
export class HubLines {
  readonly world: World
  readonly store: SimStore
  readonly hub: Hub
  readonly roles: Map<string, readonly Role[]>
  state: ReportState = 'draft'
  /** Number of the rights, as where several processes write. */
  epoch: number | undefined

  constructor(options: {
    seeds: Partial<Record<Part, Uint8Array>>
    roles: Readonly<Record<string, readonly Role[]>>
    wrapStore?: (store: PartStore) => PartStore
    wrapFindAccess?: (findAccess: FindAccess) => FindAccess
    countBytes?: HubOptions['countBytes']
  }) {
    this.world = new World(1)
    this.store = new SimStore(this.world, new SimRights())
    for (const [part, seed] of Object.entries(options.seeds)) {
      this.store.create({ reportId: REPORT, part: part as Part }, seed)
    }
    this.roles = new Map(Object.entries(options.roles))
    const life = { alive: true }
    const store = this.store.connect(life)
    const findAccess: FindAccess = async (userId) => this.access(userId)
    this.hub = new Hub({
      store: options.wrapStore?.(store) ?? store,
      findAccess: options.wrapFindAccess?.(findAccess) ?? findAccess,
      ...(options.countBytes ? { countBytes: options.countBytes } : {}),
      system: this.world.systemOf(life),
      metrics: noMetrics,
      log: quiet,
      // Attempts are not what is limited here.
      lineRate: { framesPerSecond: 1e9, burstFrames: 1e9, bytesPerSecond: 1e12, burstBytes: 1e12 },
    })
  }

  access(userId: string) {
    const roles = this.roles.get(userId) ?? []
    const role = roles[0] ?? ('admin' as const)
    const pen = penOf({ roles, isAdmin: roles.length === 0 }, this.state)
    const access = { userId, displayName: `name of ${userId}`, role, pen, state: this.state }
    return this.epoch === undefined ? access : { ...access, epoch: this.epoch }
  }

  async join(userId: string, part: Part): Promise<HubLine> {
    const line = {
      heard: [] as Uint8Array[],
      ext: [] as ExtFrame[],
      presence: new Map<number, unknown>(),
      saved: 0,
      closedWith: undefined as number | undefined,
    }
    const connection = this.hub.join({
      key: { reportId: REPORT, part },
      access: this.access(userId),
      rightsEpoch: this.hub.rightsEpoch,
      ext: true,
      transport: {
        send: ({ payloads }) => {
          for (const frame of payloads) {
            line.heard.push(frame)
            const heard = readFrame(frame)
            if (heard.kind === 'ext') line.ext.push(heard.frame)
            if (heard.kind === 'ext' && heard.frame.type === 'saved') line.saved = heard.frame.frames
            if (heard.kind === 'presence') for (const [id, state] of heard.states) line.presence.set(id, state)
          }
        },
        queuedBytes: 0,
        close: (code) => {
          line.closedWith = code
        },
      },
      isSignedIn: async () => true,
    })
    const put = (frame: Uint8Array) => connection.receive(frame)
    const send = (frame: Uint8Array) => {
      put(frame)
      return this.settle()
    }
    await this.settle()
    return Object.assign(line, {
      put,
      send,
      update: (update: Uint8Array) => send(syncFrame('update', update)),
      hangUp: () => {
        connection.gone()
        return this.settle()
      },
    })
  }

  /** A commit and its answers take less. */
  settle(): Promise<void> {
    return this.world.pass(90)
  }

  /** What is stored, as a document. */
  async read(part: Part): Promise<Y.Doc> {
    const doc = new Y.Doc({ gc: false })
    const reading = this.hub.readPart({ reportId: REPORT, part })
    await this.settle()
    Y.applyUpdate(doc, await reading)
    return doc
  }
}
