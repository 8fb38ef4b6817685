import { findTemplate, indicatorIndex } from '@gongping/scoring'
import { describe, expect, test } from 'vitest'
import { commandOf } from '../../src/scores/grid-keys.ts'
import type { KeyPress } from '../../src/scores/grid-keys.ts'
import { ancestors, visibleRows } from '../../src/scores/grid-rows.ts'

const ready = { mode: 'ready', onGroupName: false } as const
const editing = { mode: 'editing', onGroupName: false } as const
const onGroup = { mode: 'ready', onGroupName: true } as const

describe('keys', () => {
  test('Enter goes down, with Shift up, also while editing', () => {
    expect(commandOf(press('Enter'), editing)).toEqual({ type: 'move', rows: 1, columns: 0 })
    expect(commandOf(press('Enter', { shiftKey: true }), ready)).toEqual({ type: 'move', rows: -1, columns: 0 })
  })

  test('→ moves on, but belongs to the text while editing and opens a group on its name', () => {
    expect(commandOf(press('ArrowRight'), ready)).toEqual({ type: 'move', rows: 0, columns: 1 })
    expect(commandOf(press('ArrowRight'), editing)).toBeNull()
    expect(commandOf(press('ArrowRight'), onGroup)).toEqual({ type: 'expand' })
    expect(commandOf(press('ArrowLeft'), onGroup)).toEqual({ type: 'collapse' })
  })

  test('Ctrl+Z is ours only while nothing is being typed', () => {
    expect(commandOf(press('z', { ctrlKey: true }), ready)).toEqual({ type: 'undo' })
    expect(commandOf(press('Z', { ctrlKey: true, shiftKey: true }), ready)).toEqual({ type: 'redo' })
    expect(commandOf(press('y', { metaKey: true }), ready)).toEqual({ type: 'redo' })
    expect(commandOf(press('z', { ctrlKey: true }), editing)).toBeNull()
  })

  test('letters, digits and what the browser owns are left alone', () => {
    for (const key of ['3', 'a', 'F5']) expect(commandOf(press(key), ready)).toBeNull()
    expect(commandOf(press('ArrowLeft', { altKey: true }), ready)).toBeNull()
    expect(commandOf(press('Tab', { ctrlKey: true }), ready)).toBeNull()
  })
})

describe('rows', () => {
  const template = findTemplate('guangdong-2022')!

  test('every indicator has a row, in the order of the template', () => {
    const ids = visibleRows(template, new Set()).map((row) => row.indicator.id)
    expect(ids).toEqual([...indicatorIndex(template).keys()])
  })

  test('nothing below a collapsed group is on show, the group itself is', () => {
    const rows = visibleRows(template, new Set(['gd.decision']))
    expect(rows[0]).toMatchObject({ isGroup: true, expanded: false, position: 1, siblings: 4 })
    expect(rows[1]!.indicator.id).toBe('gd.management')
  })

  test('the groups above an indicator, the nearest first', () => {
    expect(ancestors(indicatorIndex(template), 'gd.decision.setup.goal.completeness')).toEqual([
      'gd.decision.setup.goal',
      'gd.decision.setup',
      'gd.decision',
    ])
  })
})

function press(key: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held }
}
