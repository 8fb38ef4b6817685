import { FRAME, SYNC } from '@gongping/protocol'
import * as encoding from 'lib0/encoding'

/** The far end of a line whose frames are delivered by hand. */
export class Line {
  static readonly opened: Line[] = []
  readonly OPEN = 1
  readyState = 0
  binaryType = ''
  readonly sent: Uint8Array[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: Uint8Array }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  onerror: (() => void) | null = null
  readonly url: string
  constructor(url: string) {
    this.url = url
    Line.opened.push(this)
  }
  send(data: Uint8Array) {
    this.sent.push(data)
  }
  close() {
    this.readyState = 3
  }
  connect() {
    this.readyState = 1
    this.onopen?.()
  }
  cut(code: number) {
    this.readyState = 3
    this.onclose?.({ code, reason: '' })
  }
  deliver(frame: Uint8Array) {
    this.onmessage?.({ data: frame })
  }
  edits() {
    return this.sent.filter(([type, sync]) => type === FRAME.sync && sync !== SYNC.step1)
  }
}

export function syncFrame(type: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FRAME.sync)
  encoding.writeVarUint(encoder, type)
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}
