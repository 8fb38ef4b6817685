// @vitest-environment happy-dom
import { type FieldRef, findTemplate } from '@gongping/scoring'
import {
  $createParagraphNode,
  $createTextNode,
  $getRoot,
  $isElementNode,
  type ElementNode,
  INSERT_PARAGRAPH_COMMAND,
  type LexicalEditor,
  createEditor,
} from 'lexical'
import { $createHeadingNode, registerRichText } from '@lexical/rich-text'
import { $createTableCellNode, $createTableNode, $createTableRowNode } from '@lexical/table'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  $createFactFieldNode,
  $createScoreFieldNode,
  $createSectionHeadingNode,
  $insertCleanHtml,
  $setSectionLevel,
  REPORT_NODES,
  bindCollaboration,
  createCompositionGate,
  createFieldPainter,
  registerReportText,
} from '../src/editor/index.ts'
import { seedReport } from '../src/seed/index.ts'
import { EXCEL_PAGE, WORD_PAGE, WPS_PAGE } from './support/clipboard-pages.ts'

afterEach(() => {
  vi.useRealTimers()
  document.body.replaceChildren()
})

describe('headings', () => {
  test('[T2] Enter at the end makes a paragraph, in the middle a heading of the level, at the start an empty paragraph', () => {
    const enterAt = (offset: number) => {
      const { editor } = mount()
      edit(editor, () => {
        const text = $createTextNode('项目立项')
        $getRoot().append($createSectionHeadingNode({ level: 3, indicatorId: 'gd.decision' }).append(text))
        text.select(offset, offset)
      })
      edit(editor, () => editor.dispatchCommand(INSERT_PARAGRAPH_COMMAND, undefined))
      return shape(editor)
    }
    expect(enterAt(4)).toEqual(['section3[gd.decision] 项目立项', 'paragraph '])
    expect(enterAt(2)).toEqual(['section3[gd.decision] 项目', 'section3 立项'])
    expect(enterAt(0)).toEqual(['paragraph ', 'section3[gd.decision] 项目立项'])
  })

  test('[T3] Backspace at the start makes it a paragraph', () => {
    const { editor } = mount()
    edit(editor, () => {
      const heading = $createSectionHeadingNode({ level: 2 }).append($createTextNode('标题'))
      $getRoot().append(heading)
      expect(heading.collapseAtStart()).toBe(true)
    })
    expect(shape(editor)).toEqual(['paragraph 标题'])
  })

  test('levels show as h2 to h6 with the class names that style sheets number', () => {
    const { editor, root } = mount()
    edit(editor, () => {
      for (const level of [1, 5] as const)
        $getRoot().append($createSectionHeadingNode({ level }).append($createTextNode('x')))
    })
    const [first, last] = [...root.children] as HTMLElement[]
    expect([first?.tagName, first?.className]).toEqual(['H2', 'section-heading level-1'])
    expect([last?.tagName, last?.className]).toEqual(['H6', 'section-heading level-5'])
    edit(editor, () => {
      $getRoot().getFirstChild<ElementNode>()?.select()
      $setSectionLevel(4)
    })
    expect(root.firstElementChild?.className).toBe('section-heading level-4')
    edit(editor, () => $setSectionLevel(null))
    expect(shape(editor)).toEqual(['paragraph x', 'section5 x'])
  })
})

describe('fields', () => {
  test('[T4] painting touches only what is new, changes no document, and copied text has the value', () => {
    const { editor, root } = mount()
    const onUpdate = vi.fn()
    edit(editor, () => {
      const line = $createParagraphNode().append($createTextNode('自评'))
      line.append($createScoreFieldNode({ indicatorId: 'gd.decision', column: 'self', form: 'score' }))
      line.append($createFactFieldNode('budgetAmount'))
      $getRoot().append(line)
    })
    editor.registerUpdateListener(onUpdate)
    const painter = createFieldPainter(editor)
    const score = root.querySelector<HTMLElement>('.score-field')!
    const resolve = (points: string) => (ref: FieldRef) =>
      ref.kind === 'score' ? { text: points, title: '决策', state: 'ok' } : { text: '24.94万元', title: '预算' }
    painter.paint(resolve('18.2'))
    const painted = score.firstChild
    painter.paint(resolve('18.2'))
    expect(score.firstChild).toBe(painted)
    expect(score.textContent).toBe('18.2')
    expect([score.title, score.dataset['state'], score.dataset['indicator']]).toEqual(['决策', 'ok', 'gd.decision'])
    expect(root.querySelector('.fact-field')?.textContent).toBe('24.94万元')
    painter.paint(resolve('19'))
    expect(score.textContent).toBe('19')
    expect(onUpdate).not.toHaveBeenCalled()
    expect(editor.read(() => $getRoot().getFirstChild<ElementNode>()!.getTextContent())).toBe('自评1924.94万元')
    edit(editor, () => {
      $getRoot().append(
        $createParagraphNode().append($createScoreFieldNode({ indicatorId: null, column: 'self', form: 'grade' })),
      )
    })
    expect([...root.querySelectorAll('.score-field')].map((element) => element.textContent)).toEqual(['19', '19'])
    painter.destroy()
  })
})

test('[T4] a field stays painted when its heading is drawn anew', () => {
  const { editor, root } = mount()
  const painter = createFieldPainter(editor)
  painter.paint(() => ({ text: '（4分，自评得3分）', title: '' }))
  edit(editor, () => {
    const field = $createScoreFieldNode({ indicatorId: 'gd.decision', column: 'self', form: 'heading' })
    $getRoot().append($createSectionHeadingNode({ level: 3 }).append($createTextNode('论证'), field))
    $getRoot().getFirstChild<ElementNode>()?.select()
  })
  edit(editor, () => $setSectionLevel(4))
  expect(root.querySelector('h5')?.textContent).toBe('论证（4分，自评得3分）')
  painter.destroy()
})

describe('pasting', () => {
  test.each([
    ['<h1>一</h1><h3 style="color:red">二</h3><h6>三</h6>', ['section1 一', 'section3 二', 'section5 三']],
    [
      '<p>a<script>alert(1)</script><img src=x onerror=alert(1)>b</p><style>p{}</style><p>c</p>',
      ['paragraph ab', 'paragraph c'],
    ],
    ['<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><p>d</p>', ['list a|b|c', 'paragraph d']],
    [
      '<table><tr><th colspan=2>a</th></tr><tr><td>b</td><td><p>c</p><p>d</p></td></tr></table><p>e</p>',
      ['table a,/b,c\nd', 'paragraph e'],
    ],
    ['<div>a<div>b</div>c</div>', ['paragraph a', 'paragraph b', 'paragraph c']],
    ['<b style="font-weight:normal"><p>a</p><p>b</p></b>', ['paragraph a', 'paragraph b']],
    ['<p><a href="javascript:alert(1)">link</a> text</p><p>x</p>', ['paragraph link text', 'paragraph x']],
  ])('[T5] %s', (html, expected) => {
    const { editor } = mount()
    edit(editor, () => {
      $getRoot().append($createParagraphNode()).selectEnd()
      $insertCleanHtml(html)
    })
    expect(shape(editor)).toEqual(expected)
    expect(JSON.stringify(editor.getEditorState())).not.toMatch(/script|javascript|color|src/)
  })

  test('[T5] bold, underline and alignment survive, other formats do not', () => {
    const { editor } = mount()
    edit(editor, () => {
      $getRoot().append($createParagraphNode()).selectEnd()
      $insertCleanHtml('<p align=center><b>a</b><u>b</u><i>c</i><s style="font-size:99px">d</s></p><p>e</p>')
    })
    const [first] = editor.read(() => $getRoot().getChildren<ElementNode>())
    expect(editor.read(() => first?.getFormatType())).toBe('center')
    expect(
      editor.read(() => first?.getAllTextNodes().map((node) => [node.getTextContent(), node.getFormat()])),
    ).toEqual([
      ['a', 1],
      ['b', 8],
      ['cd', 0],
    ])
  })

  const pasted = (html: string) => {
    const { editor } = mount()
    edit(editor, () => {
      $getRoot().append($createParagraphNode()).selectEnd()
      $insertCleanHtml(html)
    })
    const textsWith = (format: number) =>
      editor.read(() =>
        $getRoot()
          .getAllTextNodes()
          .filter((node) => (node.getFormat() & format) !== 0)
          .map((node) => node.getTextContent()),
      )
    return {
      blocks: shape(editor),
      bold: textsWith(1),
      underlined: textsWith(8),
      alignments: editor.read(() =>
        $getRoot()
          .getChildren<ElementNode>()
          .map((node) => node.getFormatType()),
      ),
      json: JSON.stringify(editor.getEditorState()),
    }
  }

  test('[T5] a page of Word: what its classes and inline styles set stays, its own numbers and hidden text go', () => {
    const { blocks, bold, underlined, alignments, json } = pasted(WORD_PAGE)
    expect(blocks).toEqual([
      'paragraph 2021年度自评说明',
      'section1 基本情况',
      'section2 项目决策情况',
      'paragraph 预算安排300万元，已全部到位，执行率九成，有结余。',
      'list 制度不健全|人员不足',
      'list 加强培训',
      'paragraph 占地30m²，共四处，斜体与删除线不留格式，按照规定执行。',
      'paragraph 2022年5月25日',
      'table 指标,完成情况,/,目标,实际/数量,15,15',
      'paragraph 附件见后。',
    ])
    expect(bold).toEqual(['2021年度自评说明', '300', '执行率', '九成', '指标'])
    expect(underlined).toEqual(['已全部到位', '执行率', '有结余'])
    expect([alignments[0], alignments[3], alignments[7]]).toEqual(['center', '', 'right'])
    expect(json.match(/"listType":"\w+"/g)).toEqual(['"listType":"number"', '"listType":"bullet"'])
    expect(json).not.toMatch(/javascript|onerror|mso|隐藏|file:/)
  })

  test('[T5] a page of WPS: headings set apart the official way become numbered ones, a numbered sentence does not', () => {
    const { blocks, bold, underlined, alignments } = pasted(WPS_PAGE)
    expect(blocks).toEqual([
      'paragraph 自评报告',
      'section1 绩效自评结论',
      'section2 总体结论',
      'paragraph 一、这一句只是正文，以数字开头而已。',
      'section1 绩效指标分析',
      'paragraph 县财政局（盖章）',
    ])
    expect([bold, underlined, alignments[0]]).toEqual([['自评报告'], ['县财政局'], 'center'])
  })

  test('[T5] cells of a spreadsheet: a table, with the bold and the alignment of their classes', () => {
    const { blocks, bold, json } = pasted(EXCEL_PAGE)
    expect(blocks).toEqual(['table 项目,金额/设备,24.94'])
    expect(bold).toEqual(['项目', '金额', '设备'])
    expect(json.match(/"format":"(center|right)"/g)).toHaveLength(4)
  })

  test.each([
    '<style>a{',
    '<style',
    '<p style',
    "<p style='",
    '<p style="a:b',
    '<table><td rowspan=9 colspan=999>',
    '<style></style',
    '{}}{',
    '<p class=". {">x',
    `<p ${'style="a" '.repeat(5000)}>`,
    '<style>'.repeat(5000),
    '<'.repeat(50_000),
    '<a "'.repeat(20_000),
  ])('[T5] broken pages hold nothing up (%#)', (html) => {
    const started = performance.now()
    pasted(html)
    expect(performance.now() - started).toBeLessThan(2000)
  })

  test('[T5] fields of ours stay fields', () => {
    const { editor } = mount()
    const field = '<span class="score-field" data-indicator="gd.output" data-column="self" data-form="score">29</span>'
    edit(editor, () => {
      $getRoot()
        .append($createParagraphNode().append($createTextNode('得分')))
        .selectEnd()
      $insertCleanHtml(`<p>${field}分</p>`)
    })
    expect(JSON.stringify(editor.getEditorState())).toContain('"indicatorId":"gd.output"')
  })
})

test('[T5] headings and their scores are copied as they read on paper, and pasted back without the number', () => {
  const { editor } = mount()
  const painter = createFieldPainter(editor)
  painter.paint(() => ({ text: '自评 3', tail: ' / 4 分', onPaper: '（4分，自评得3分）', title: '' }))
  edit(editor, () => {
    const heading = (level: 1 | 2, text: string) => $createSectionHeadingNode({ level }).append($createTextNode(text))
    const field = $createScoreFieldNode({ indicatorId: 'gd.decision', column: 'self', form: 'heading' })
    $getRoot().append(
      heading(1, '甲'),
      heading(2, '乙'),
      heading(1, '丙'),
      heading(2, '丁'),
      heading(2, '戊').append(field),
    )
  })
  const html = editor.read(() =>
    $getRoot()
      .getChildren<ElementNode>()
      .map((line) => {
        const element = line.exportDOM(editor).element as HTMLElement
        for (const child of line.getChildren()) element.append(child.exportDOM(editor).element as HTMLElement)
        return element.outerHTML
      })
      .join(''),
  )
  const page = new DOMParser().parseFromString(html, 'text/html')
  expect([...page.body.children].map((line) => line.textContent)).toEqual([
    '一、甲',
    '（一）乙',
    '二、丙',
    '（一）丁',
    '（二）戊（4分，自评得3分）',
  ])
  edit(editor, () => {
    $getRoot().clear().append($createParagraphNode()).selectEnd()
    $insertCleanHtml(html)
  })
  expect(shape(editor).slice(0, 3)).toEqual(['section1 甲', 'section2 乙', 'section1 丙'])
  painter.destroy()
})

describe('every text', () => {
  test('[T6] free styles, other formats, foreign headings and holes in tables do not stay', () => {
    const { editor } = mount()
    edit(editor, () => {
      const styled = $createTextNode('x')
        .setStyle('color: red')
        .setFormat(1 | 2 | 16)
      const row = (count: number) =>
        $createTableRowNode().append(
          ...Array.from({ length: count }, () => $createTableCellNode().append($createParagraphNode())),
        )
      $getRoot().append($createHeadingNode('h2').append(styled), $createTableNode().append(row(1), row(3)))
    })
    expect(shape(editor)).toEqual(['section2 x', 'table ,,/,,'])
    const text = editor.read(() => $getRoot().getAllTextNodes()[0]!)
    expect(editor.read(() => [text.getStyle(), text.getFormat()])).toEqual(['', 1])
  })

  test('[T7] nodes of ours survive JSON', () => {
    const { editor } = mount()
    edit(editor, () => {
      const heading = $createSectionHeadingNode({ level: 4, indicatorId: 'gd.decision' }).append(
        $createTextNode('论证'),
      )
      heading.append($createScoreFieldNode({ indicatorId: 'gd.decision', column: 'finance', form: 'heading' }))
      $getRoot().append(heading.append($createFactFieldNode('budgetAmount')))
    })
    const json = JSON.stringify(editor.getEditorState())
    expect(JSON.stringify(editor.parseEditorState(json))).toBe(json)
  })
})

describe('carets of others', () => {
  test.each([
    ['no place', { anchorPos: { type: { client: 9, clock: 9 }, tname: null, item: null, assoc: 0 }, focusPos: {} }],
    ['a senseless place', { anchorPos: 'here', focusPos: 7 }],
    [
      'a place at the top',
      { anchorPos: { tname: 'body', type: null, item: null, assoc: 0 }, focusPos: { tname: 'body' } },
    ],
  ])('[C12] one with %s disturbs nothing', (_name, caret) => {
    const { editor, root } = mount()
    const doc = new Y.Doc()
    const awareness = new Awareness(doc)
    const onProblem = vi.fn()
    const container = document.createElement('div')
    document.body.append(container)
    Object.defineProperty(container, 'offsetParent', { get: () => document.body })
    Y.applyUpdate(doc, seedReport({ template: findTemplate('guangdong-2022')! }).narrative)
    awareness.states.set(77, { name: 'head', color: '#7a3fb0', focusing: true, ...caret })
    const collaboration = bindCollaboration({ editor, doc, awareness, cursorsContainer: container, onProblem })
    awareness.emit('change', [{ added: [77], updated: [], removed: [] }, 'test'])
    const heading = doc.get('body', Y.XmlElement).get(0) as Y.XmlElement
    ;(heading.get(0) as Y.XmlText).insert(0, '新')
    expect(root.querySelector('h2')?.textContent).toBe('新基本情况')
    doc.get('body', Y.XmlElement).delete(0, 1)
    expect(root.querySelector('h2')?.textContent).not.toContain('新')
    expect(onProblem).not.toHaveBeenCalled()
    expect(collaboration.isLoaded).toBe(true)
    collaboration.destroy()
    awareness.destroy()
  })
})

describe('composing', () => {
  test('[C9] what comes from others is held in order and let go 30 ms after the end', () => {
    vi.useFakeTimers()
    const { editor, root } = mount()
    const gate = createCompositionGate(editor)
    const done: string[] = []
    gate.run(() => done.push('before'))
    const isComposing = vi.spyOn(editor, 'isComposing').mockReturnValue(true)
    gate.run(() => done.push('one'))
    gate.run(() => done.push('two'))
    expect(done).toEqual(['before'])
    isComposing.mockReturnValue(false)
    root.dispatchEvent(new Event('compositionend'))
    gate.run(() => done.push('three'))
    vi.advanceTimersByTime(29)
    expect(done).toEqual(['before'])
    vi.advanceTimersByTime(1)
    expect(done).toEqual(['before', 'one', 'two', 'three'])
    gate.destroy()
  })

  test('[C9] nothing waits longer than 5 s, nor past the loss of focus', () => {
    vi.useFakeTimers()
    const { editor, root } = mount()
    const gate = createCompositionGate(editor)
    const done: string[] = []
    vi.spyOn(editor, 'isComposing').mockReturnValue(true)
    gate.run(() => done.push('one'))
    vi.advanceTimersByTime(4999)
    expect(done).toEqual([])
    vi.advanceTimersByTime(1)
    expect(done).toEqual(['one'])
    gate.run(() => done.push('two'))
    root.dispatchEvent(new Event('blur'))
    expect(done).toEqual(['one', 'two'])
    gate.destroy()
  })

  test('[C9] one that fails does not take the others with it', () => {
    const { editor } = mount()
    const gate = createCompositionGate(editor)
    const done: string[] = []
    const isComposing = vi.spyOn(editor, 'isComposing').mockReturnValue(true)
    gate.run(() => {
      throw new Error('broken update')
    })
    gate.run(() => done.push('two'))
    isComposing.mockReturnValue(false)
    expect(() => gate.flush()).toThrow('broken update')
    expect(done).toEqual(['two'])
    gate.destroy()
  })
})

function mount() {
  const root = document.createElement('div')
  root.contentEditable = 'true'
  document.body.append(root)
  const editor = createEditor({
    nodes: REPORT_NODES,
    onError: (error) => {
      throw error
    },
  })
  editor.setRootElement(root)
  registerRichText(editor)
  registerReportText(editor)
  edit(editor, () => $getRoot().clear())
  return { editor, root }
}

const edit = (editor: LexicalEditor, run: () => void) => editor.update(run, { discrete: true })

/** One line for each block. */
function shape(editor: LexicalEditor): string[] {
  const lines = (node: ElementNode): string => {
    const children = node.getChildren()
    if (node.getType() === 'list') return children.map((item) => item.getTextContent()).join('|')
    if (node.getType() !== 'table') return node.getTextContent()
    const rows = children.filter($isElementNode).map((row) =>
      row
        .getChildren()
        .map((cell) => cell.getTextContent())
        .join(','),
    )
    return rows.join('/')
  }
  return editor.read(() =>
    $getRoot()
      .getChildren<ElementNode>()
      .map((node) => {
        const json = node.exportJSON() as { type: string; level?: number; indicatorId?: string | null }
        return `${json.type}${json.level ?? ''}${json.indicatorId ? `[${json.indicatorId}]` : ''} ${lines(node)}`
      }),
  )
}
