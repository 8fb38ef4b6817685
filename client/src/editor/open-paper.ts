import type { Message } from '@gongping/permissions'
import type { FieldRef } from '@gongping/scoring'
import {
  $isFactFieldNode,
  $isScoreFieldNode,
  $isSectionHeadingNode,
  bindCollaboration,
  createCompositionGate,
  createFieldPainter,
  type Collaboration,
  type PaintedField,
} from '@gongping/report-doc/editor'
import {
  $getNearestNodeFromDOMNode,
  $getNodeByKey,
  $getSelection,
  $isElementNode,
  $isNodeSelection,
  $isRangeSelection,
  CAN_REDO_COMMAND,
  CAN_UNDO_COMMAND,
  COMMAND_PRIORITY_EDITOR,
  COMMAND_PRIORITY_HIGH,
  KEY_ENTER_COMMAND,
  mergeRegister,
  type LexicalEditor,
  type LexicalNode,
} from 'lexical'
import { createLive, type LiveValue } from '../sync/live.ts'
import type { EditorSession, JumpTarget, Live } from '../sync/report-session.ts'
import { $readBlockStyle, NO_STYLE, sameStyle, type BlockStyle } from './block-style.ts'
import { COVER_PLACE } from './finding-places.ts'
import { showQuote } from './quote-highlight.ts'
import { fadeRemoteNames } from './remote-names.ts'
import { createReportEditor } from './report-editor.ts'
import { createSharedText, type SharedText } from './shared-text.ts'
import { applyAsOwn } from './own-step.ts'
import { $readTextPlaces, type TextPlaces } from './text-places.ts'

/** `opening` until the text is shown completely; `broken` after an error, until it is shown completely again. */
type PaperStatus = 'opening' | 'ready' | 'broken'

/** The text of a report on the screen: editor, collaboration, places. Made once per session. */
export interface Paper {
  readonly editor: LexicalEditor
  readonly status: Live<PaperStatus>
  readonly problem: Live<Message | null>
  readonly editable: Live<boolean>
  readonly style: Live<BlockStyle>
  readonly canUndo: Live<boolean>
  readonly canRedo: Live<boolean>
  /** The section being read or written. */
  readonly section: Live<string | null>
  /** 修订: what is typed becomes a suggestion, the text itself can't be edited. */
  readonly tracking: LiveValue<boolean>
  readonly shared: SharedText
  /** Null while the text is not on the page. */
  readonly elements: Live<PaperElements | null>
  /**
   * Asks the server for an edit of the text and shows it as one step of this user that can be undone. Edits of others
   * wait meanwhile, so that the server's own copy of it comes second.
   */
  applyOwn<T extends { readonly update: string }>(ask: () => Promise<T>): Promise<T>
  /** Ties the editor to the page; returns the way to untie it. */
  mount(elements: PaperElements): () => void
  setFields(resolve: (ref: FieldRef) => PaintedField): void
  close(): void
}

export interface PaperElements {
  readonly text: HTMLElement
  readonly cursors: HTMLElement
  /** What scrolls. */
  readonly desk: HTMLElement
  /** Stands above the text and scrolls with it. */
  readonly cover: HTMLElement
}

/** Less than one turn of a mouse wheel; the browser itself moves a page so far when lines above it change. */
const NEAR_JUMP_PX = 48
/** A heading counts as being read once it stands above this line, in pixels below the upper edge. */
const READING_LINE_PX = 140
/** So many faults in a row are put right in place; then the document is fetched anew. */
const MAX_RESYNCS = 3
const FORGIVEN_AFTER_MS = 60_000

export function openPaper(session: EditorSession): Paper {
  const status = createLive<PaperStatus>('opening')
  const problem = createLive<Message | null>(null)
  const editable = createLive(false)
  const style = createLive<BlockStyle>(NO_STYLE)
  const canUndo = createLive(false)
  const canRedo = createLive(false)
  const section = createLive<string | null>(null)
  let collaboration: Collaboration | null = null
  const tracking = createLive(false)
  const mounted = createLive<PaperElements | null>(null)
  let elements: PaperElements | null = null
  let places: TextPlaces | null = null
  let resyncs = 0
  let brokenAt = 0

  const editor = createReportEditor({
    onError: (error) => onBroken({ zh: '编辑器出错。', en: 'The editor hit an error.' }, error),
  })
  const gate = createCompositionGate(editor)
  const shared = createSharedText(editor, () => collaboration?.binding.root ?? null)
  /** Edits of others while the server is asked for one of our own; null when they pass. */
  let waiting: (() => void)[] | null = null
  let lastOwn: Promise<unknown> = Promise.resolve()
  const painter = createFieldPainter(editor)

  const refreshEditable = () => {
    const may =
      status.get() === 'ready' &&
      !tracking.get() &&
      session.pen.get().narrative &&
      session.fate.get().kind !== 'replaced'
    editable.set(may)
    if (editor.isEditable() !== may) editor.setEditable(may)
    const root = editor.getRootElement()
    if (root !== null) root.contentEditable = String(may)
  }
  const onBroken = (message: Message, error: Error) => {
    console.error('the editor stopped', error)
    status.set('broken')
    problem.set(message)
    refreshEditable()
    // Not inside the update that failed.
    if (Date.now() - brokenAt > FORGIVEN_AFTER_MS) resyncs = 0
    brokenAt = Date.now()
    setTimeout(() => {
      resyncs++
      if (resyncs <= MAX_RESYNCS && collaboration?.resync()) return
      session.replace('narrative')
    }, 300 * resyncs)
  }
  const bind = () => {
    if (collaboration !== null || elements === null || !session.loaded.get().narrative) return
    collaboration = bindCollaboration({
      editor,
      doc: session.docs.narrative,
      awareness: session.awareness,
      cursorsContainer: elements.cursors,
      onProblem: ({ message, error }) => onBroken(message, error),
      onLoad: () => {
        status.set('ready')
        problem.set(null)
        refreshEditable()
      },
    })
    session.holdNarrative((deliver) => {
      if (waiting === null) gate.run(deliver)
      else waiting.push(deliver)
    })
  }

  const applyOwn = async <T extends { readonly update: string }>(ask: () => Promise<T>): Promise<T> => {
    const others: (() => void)[] = []
    waiting = others
    let update: Uint8Array | null = null
    try {
      const answer = await ask()
      update = Uint8Array.from(atob(answer.update), (char) => char.charCodeAt(0))
      return answer
    } finally {
      waiting = null
      const held = others.map((deliver) => () => gate.run(deliver))
      if (collaboration === null || update === null) for (const deliver of held) deliver()
      else {
        const { undoManager } = collaboration
        const own = update
        undoManager.addTrackedOrigin(OWN)
        const endStep = () => undoManager.stopCapturing()
        gate.run(() => applyAsOwn({ doc: session.docs.narrative, update: own, origin: OWN, endStep, held }))
      }
    }
  }

  const getPlaces = () => (places ??= editor.read(() => $readTextPlaces()))
  const elementOf = (id: string): HTMLElement | null => {
    const key = getPlaces().keys.get(id)
    return key === undefined ? null : editor.getElementByKey(key)
  }

  /** The last jump: as long as the page stays about where it led, the section it chose stays, too. */
  let lastJump = { at: 0, top: -Infinity }
  const jumpTo = (element: HTMLElement, { desk }: PaperElements, block: ScrollLogicalPosition) => {
    element.scrollIntoView({ block, behavior: 'instant' })
    lastJump = { at: Date.now(), top: desk.scrollTop }
  }
  const setSection = (id: string | null) => {
    section.set(id)
    publishSoon(id)
  }
  let publishing: ReturnType<typeof setTimeout> | undefined
  const publishSoon = (id: string | null) => {
    clearTimeout(publishing)
    publishing = setTimeout(() => {
      if (session.awareness.getLocalState()?.['section'] !== id) session.awareness.setLocalStateField('section', id)
    }, 300)
  }
  const readSectionFromScroll = () => {
    if (elements === null || Date.now() - lastJump.at < 400) return
    const { desk } = elements
    if (Math.abs(desk.scrollTop - lastJump.top) < NEAR_JUMP_PX) return
    lastJump = { at: 0, top: -Infinity }
    const box = desk.getBoundingClientRect()
    // The line sinks while the end comes near, so that the last headings have their turn too.
    const progress = desk.scrollTop / Math.max(1, desk.scrollHeight - desk.clientHeight)
    const line = box.top + READING_LINE_PX + progress * (box.height - READING_LINE_PX)
    if (elements.cover.getBoundingClientRect().bottom > line) return setSection(COVER_PLACE)
    let current: string | null = null
    for (const { sectionId, key } of getPlaces().headings) {
      const top = editor.getElementByKey(key)?.getBoundingClientRect().top
      if (top === undefined || top > line) break
      current = sectionId
    }
    setSection(current)
  }
  let scrolling: number | undefined
  const onScroll = () => {
    scrolling ??= requestAnimationFrame(() => {
      scrolling = undefined
      readSectionFromScroll()
    })
  }

  const onUpdate = () => {
    const next = editor.read('latest', () => {
      const selection = $getSelection()
      const node = $isRangeSelection(selection) ? selection.anchor.getNode().getTopLevelElement() : null
      return { style: $readBlockStyle(), block: node?.getKey() ?? null }
    })
    if (!sameStyle(style.get(), next.style)) style.set(next.style)
    if (next.block === null || !hasFocus()) return
    const here = getPlaces().sections.get(next.block)
    if (here !== undefined) setSection(here)
  }
  const hasFocus = () => editor.getRootElement() === document.activeElement

  const jump = (target: JumpTarget) => {
    if (elements === null) return
    const page = elements
    const show = (element: HTMLElement | null) => {
      if (element === null) return false
      jumpTo(element, page, element.closest('.cover') ? 'center' : 'start')
      flash(element)
      return true
    }
    switch (target.kind) {
      case 'section': {
        if (target.sectionId === COVER_PLACE) {
          show(elements.cover)
          setSection(COVER_PLACE)
        } else if (show(elementOf(target.sectionId))) {
          setSection(target.sectionId)
          placeCaret(target.sectionId)
        }
        return
      }
      case 'paragraph': {
        const element = elementOf(target.paragraphId) ?? elementOf(target.paragraphId.replace(/\.p\d+$/, ''))
        if (element === null) return
        const shown = target.quote ? showQuote(element, target.quote) : null
        jumpTo(shown ?? element, page, 'center')
        if (shown === null) flash(element)
        const key = getPlaces().keys.get(target.paragraphId)
        setSection((key && getPlaces().sections.get(key)) ?? null)
        return
      }
      case 'cover': {
        const field = elements.cover.querySelector<HTMLElement>(`[data-cover="${CSS.escape(target.key)}"]`)
        show(field ?? elements.cover)
        field?.querySelector('textarea')?.focus({ preventScroll: true })
        setSection(COVER_PLACE)
        return
      }
      case 'indicator': {
        const { headings } = getPlaces()
        const heading = headings.find(({ key }) => {
          const element = editor.getElementByKey(key)
          return element?.dataset['indicator'] === target.indicatorId
        })
        if (!heading || isInView(editor.getElementByKey(heading.key), elements.desk)) return
        if (show(editor.getElementByKey(heading.key))) setSection(heading.sectionId)
        return
      }
      case 'fact':
        show(elements.text.querySelector<HTMLElement>(`.fact-field[data-fact="${CSS.escape(target.key)}"]`))
    }
  }
  const placeCaret = (id: string) => {
    const key = getPlaces().keys.get(id)
    if (key === undefined || !editor.isEditable()) return
    editor.update(
      () => {
        const node = $getNodeByKey(key)
        node?.selectEnd()
      },
      { tag: 'skip-scroll-into-view' },
    )
  }

  const openField = (ref: FieldRef): boolean => {
    if (ref.kind === 'fact') session.jump({ kind: 'fact', key: ref.key })
    else if (ref.indicatorId !== null)
      session.jump({ kind: 'indicator', indicatorId: ref.indicatorId, column: 'score' })
    else return false
    return true
  }
  const onClick = (event: MouseEvent) => {
    const field = (event.target as Element).closest<HTMLElement>('.score-field, .fact-field')
    if (!field) return
    const ref = editor.read(() => {
      return $refOf($getNearestNodeFromDOMNode(field) ?? undefined)
    })
    if (ref !== null) openField(ref)
  }

  const unregister = mergeRegister(
    editor.registerUpdateListener(({ dirtyElements, dirtyLeaves }) => {
      if (dirtyElements.size > 0 || dirtyLeaves.size > 0) places = null
      onUpdate()
    }),
    editor.registerCommand(
      CAN_UNDO_COMMAND,
      (can) => {
        canUndo.set(can)
        return false
      },
      COMMAND_PRIORITY_EDITOR,
    ),
    editor.registerCommand(
      CAN_REDO_COMMAND,
      (can) => {
        canRedo.set(can)
        return false
      },
      COMMAND_PRIORITY_EDITOR,
    ),
    editor.registerCommand(
      KEY_ENTER_COMMAND,
      (event) => {
        const ref = $fieldAtCaret({ alt: event?.altKey === true })
        if (ref === null) return false
        event?.preventDefault()
        return openField(ref)
      },
      COMMAND_PRIORITY_HIGH,
    ),
    session.loaded.subscribe(bind),
    session.pen.subscribe(refreshEditable),
    tracking.subscribe(refreshEditable),
    session.fate.subscribe(refreshEditable),
    session.onJump(jump),
    fadeRemoteNames(session.awareness, () => elements?.cursors ?? null),
  )

  return {
    editor,
    status,
    problem,
    editable,
    style,
    canUndo,
    canRedo,
    section,
    tracking,
    shared,
    elements: mounted,
    applyOwn(ask) {
      const answer = lastOwn.then(() => applyOwn(ask))
      lastOwn = answer.catch(() => undefined)
      return answer
    },
    mount(next) {
      elements = next
      mounted.set(next)
      editor.setRootElement(next.text)
      next.text.contentEditable = String(editor.isEditable())
      next.text.addEventListener('click', onClick)
      next.desk.addEventListener('scroll', onScroll, { passive: true })
      // Carets of others are placed in pixels; another width moves the words under them.
      const resize = new ResizeObserver(() => collaboration?.syncCursors())
      resize.observe(next.text)
      bind()
      return () => {
        resize.disconnect()
        next.text.removeEventListener('click', onClick)
        next.desk.removeEventListener('scroll', onScroll)
        editor.setRootElement(null)
        elements = null
        mounted.set(null)
      }
    },
    setFields(resolve) {
      painter.paint(resolve)
    },
    close() {
      clearTimeout(publishing)
      session.holdNarrative(null)
      unregister()
      collaboration?.destroy()
      painter.destroy()
      gate.destroy()
      editor.dispose()
    },
  }
}

/** Origin of what the server writes for this user. */
const OWN = { from: 'a decision of this user' }

/** The field that is selected or, with Alt, the first one in the line of the caret, or what its heading is about. */
function $fieldAtCaret({ alt }: { alt: boolean }): FieldRef | null {
  const selection = $getSelection()
  if ($isNodeSelection(selection)) return $refOf(selection.getNodes()[0])
  if (!alt || !$isRangeSelection(selection)) return null
  const block = selection.anchor.getNode().getTopLevelElement()
  if (!$isElementNode(block)) return null
  for (const node of block.getChildren()) {
    const ref = $refOf(node)
    if (ref !== null) return ref
  }
  const indicatorId = $isSectionHeadingNode(block) ? block.getIndicatorId() : null
  return indicatorId === null ? null : { kind: 'score', indicatorId, column: 'self', form: 'score' }
}

const $refOf = (node: LexicalNode | undefined): FieldRef | null =>
  $isScoreFieldNode(node) || $isFactFieldNode(node) ? node.getRef() : null

function flash(element: HTMLElement): void {
  element.animate(
    [{ backgroundColor: '#ffe7a8' }, { backgroundColor: '#ffe7a8', offset: 0.4 }, { backgroundColor: 'transparent' }],
    1600,
  )
}

function isInView(element: HTMLElement | null, desk: HTMLElement): boolean {
  if (element === null) return false
  const box = element.getBoundingClientRect()
  const view = desk.getBoundingClientRect()
  return box.top >= view.top && box.bottom <= view.bottom
}
