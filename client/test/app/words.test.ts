import { expect, test } from 'vitest'
import { appWords } from '../../src/app/messages.ts'
import { scoreWords } from '../../src/scores/words.ts'
import { auditWords } from '../../src/audit/words.ts'
import { noticeWords } from '../../src/notices/words.ts'
import { roundWords } from '../../src/review/round-words.ts'
import { reviewWords } from '../../src/review/words.ts'
import { signInWords } from '../../src/sign-in/words.ts'
import { versionWords } from '../../src/versions/words.ts'
import { queueWords } from '../../src/workbench/queue-words.ts'
import { workbenchWords } from '../../src/workbench/words.ts'

const components = import.meta.glob<string>(
  '../../src/{app,sign-in,workbench,scores,versions,review,notices,audit}/**/*.tsx',
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
)
const han = /\p{Script=Han}/u

test('no component holds a text of its own: everything shown comes from the words in both languages', () => {
  const files = Object.entries(components)
  expect(files.length).toBeGreaterThan(20)
  const offenders = files.filter(([, source]) => han.test(source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
  expect(offenders.map(([file]) => file)).toEqual([])
})

test('the English texts are English and the Chinese ones are there', () => {
  const areas = [
    appWords,
    signInWords,
    workbenchWords,
    queueWords,
    scoreWords,
    versionWords,
    reviewWords,
    roundWords,
    noticeWords,
    auditWords,
  ]
  for (const { zh, en } of areas) {
    expect(texts(en).filter((text) => han.test(text))).toEqual([])
    for (const text of [...texts(zh), ...texts(en)]) expect(text.trim()).not.toBe('')
    expect(keys(en)).toEqual(keys(zh))
  }
})

function texts(words: object): string[] {
  return Object.values(words).flatMap((value: unknown) => {
    if (typeof value === 'string') return value === ', ' ? [] : [value]
    return typeof value === 'object' && value !== null ? texts(value) : []
  })
}

/** Names a formula may call stay as they are where English has no better word. */
function keys(words: object): unknown[] {
  return Object.entries(words)
    .filter(([key]) => key !== 'functions')
    .map(([key, value]: [string, unknown]) => (typeof value === 'object' && value !== null ? [key, keys(value)] : key))
}
