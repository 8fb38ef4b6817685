import { describe, expect, it } from 'vitest'
import {
  type Finding,
  type ReportData,
  type ReturnItemAnchor,
  RULE_IDS,
  type Section,
  blockingFindings,
  checkReport,
  leavesOf,
  scoreReport,
  toOpenReturnItem,
} from '../src/index.ts'
import { FIELD_CHAR, type FieldRef } from '../src/narrative.ts'
import { recordedFindings, sampleReport } from '../src/sample/index.ts'
import { aReport, aSample, findingsOf, fullMarks, guangdong, messagesOf, national } from './builders.ts'

const justification = 'gd.decision.setup.justification'
const goal = 'gd.decision.setup.goal'
const arrival = 'gd.decision.funding.arrival.rate'
const effect = 'gd.benefit.effect.socioeconomic'

describe('the sample', () => {
  it('[S25] has exactly the recorded findings', () => {
    const recorded = recordedFindings()
      .filter((finding) => RULE_IDS.includes(finding.ruleId))
      .map(({ ruleId, severity, where, message, suggestion }) => {
        const { rawLines: _lines, ...place } = where
        return { rule: ruleId, severity, where: place, zh: message, suggestion: suggestion ?? null }
      })
    const found = findingsOf(sampleReport()).map(({ rule, severity, where, message, suggestion }) => ({
      rule,
      severity,
      where,
      zh: message.zh,
      suggestion: suggestion ?? null,
    }))
    expect(recorded).toHaveLength(46)
    expect(found.toSorted(byKey)).toEqual(recorded.toSorted(byKey))
  })

  it('[S25] says everything in English as well', () => {
    for (const { message } of findingsOf(sampleReport())) {
      expect(message.en).toMatch(/^[A-Z0-9“一-龥].*[.]$/)
      expect(message.zh).toMatch(/。$/)
    }
  })
})

describe('sums', () => {
  it('[S9] SUM-01 compares a parent’s number with its children', () => {
    expect(messagesOf('SUM-01', aSample({ scores: { [goal]: 500 } }))).toEqual([
      '“目标设置”写的是5分，下级合计为1.7＋1.7＋1.8＝5.2分。',
    ])
    expect(messagesOf('SUM-01', aSample({ scores: { [goal]: 520 } }))).toEqual([])
  })

  it('[S10] SUM-02, SUM-03 and SUM-08 speak of the column they are in', () => {
    const data = aSample({ scores: { [justification]: 450, [arrival]: -100, [effect]: 1975 } })
    expect(messagesOf('SUM-02', data)).toEqual(['“论证决策”得4.5分，超过分值4分。'])
    expect(messagesOf('SUM-03', data)).toEqual(['“资金到位率”得-1分，得分不能为负。'])
    expect(messagesOf('SUM-08', data)).toEqual([
      '“社会经济效益和可持续发展效益”得19.75分，小数位数超过规定的0.1分一档。',
    ])
    const department = findingsOf(aSample({ column: 'department', scores: { [justification]: 450 } }))
    expect(department.find(({ rule }) => rule === 'SUM-02')).toMatchObject({
      column: 'department',
      where: { column: 'department', indicatorId: justification },
      message: { zh: '主管部门审核：“论证决策”得4.5分，超过分值4分。' },
    })
    expect(messagesOf('SUM-03', aSample({ scores: { [justification]: { invalid: '三分' } } }))).toEqual([
      '“论证决策”的得分不是最多两位小数的数字。',
    ])
  })

  it('SUM-04 and SUM-05 look at the template', () => {
    const [first, ...rest] = guangdong.indicators
    if (!first) throw new Error('no indicator')
    const template = { ...guangdong, indicators: [{ ...first, weight: 2100 }, ...rest] }
    expect(messagesOf('SUM-04', sampleReport(), template)).toEqual(['“决策”分值21分，下级分值合计20分，两者不等。'])
    expect(messagesOf('SUM-05', sampleReport(), template)).toEqual(['一级指标分值合计101分，应为100分。'])
  })

  it('[S7] SUM-06 is an error without a joint score', () => {
    const data = aReport({ self: { ...fullMarks(guangdong), [justification]: { score: null } } })
    expect(findingsOf(data).filter(({ rule }) => rule === 'SUM-06')).toEqual([
      {
        rule: 'SUM-06',
        severity: 'error',
        where: { indicatorId: justification },
        message: { zh: '“论证决策”还没有自评得分。', en: '“论证决策” has no self-evaluation score yet.' },
      },
    ])
  })

  it.each([
    ['根据文件，自评总分为91分。', ['正文写总分91分，得分表合计为90.8分。']],
    ['该项目自评得分９１分。', ['正文写总分91分，得分表合计为90.8分。']],
    ['总分100分，自评得分90.8分，决策自评得分18.2分。', []],
  ])('SUM-07 in “%s”', (text, messages) => {
    expect(messagesOf('SUM-07', aSample({ paragraphs: { 's3.p1': text } }))).toEqual(messages)
  })

  it('[S15] SUM-09 asks for the reason of an override', () => {
    const facts = { budgetAmount: 100, receivedAmount: 90 }
    expect(messagesOf('SUM-09', aSample({ facts }))).toEqual(['“资金到位率”填写3分，按公式应为2.7分，没有说明理由。'])
    expect(messagesOf('SUM-09', aSample({ facts, scores: { [arrival]: { score: 300, reason: '年末补足' } } }))).toEqual(
      [],
    )
  })

  it.each([
    ['achieved', 2000, 0],
    ['achieved', 1999, 1],
    ['partial', 2000, 1],
    ['partial', 1500, 0],
    ['missed', 1500, 1],
    ['no such band', 1500, 1],
    [null, 1500, 0],
  ])('SUM-10 band %s with %s', (band, score, count) => {
    expect(messagesOf('SUM-10', aSample({ scores: { [effect]: { score, band } } }))).toHaveLength(count)
  })

  it('[S14] SUM-11 tells what is wrong with the data', () => {
    const about = (facts: Record<string, number | string>): readonly string[] =>
      messagesOf('SUM-11', aSample({ facts })).filter((zh) => zh.startsWith('“资金到位率”'))
    expect(about({ budgetAmount: 0, receivedAmount: 0 })).toEqual(['“资金到位率”按公式计分，分母为零：预算安排资金。'])
    expect(about({ budgetAmount: '很多', receivedAmount: 0 })).toEqual([
      '“资金到位率”按公式计分，数据不能用于计算：预算安排资金。',
    ])
    expect(messagesOf('SUM-11', aSample({ facts: { 'outputs.2.actual': '' } }))).toContain(
      '“完成进度（数量指标）”按公式计分，缺少数据：产出明细“扫描仪”实际完成数。',
    )
  })

  it('[S21] SUM-12 warns above the cap', () => {
    const template = {
      ...guangdong,
      policies: { ...guangdong.policies, executionRateCaps: [{ rateBelow: 0.8, maxTotal: 8900 }] },
    }
    const data = aSample({ facts: { paidAmount: 79, budgetAmount: 100 } })
    expect(messagesOf('SUM-12', data, template)).toEqual(['自评总分90.8分，超过按预算执行率规定的上限89分。'])
    expect(messagesOf('SUM-12', data)).toEqual([])
  })
})

describe('text', () => {
  it('TXT-01 and TXT-02 check numbers typed by hand', () => {
    expect(messagesOf('TXT-01', aSample({ paragraphs: { 's4.1.1.1.p1': '该项指标自评得3.5分。' } }))).toEqual([
      '正文写“论证决策”自评得3.5分，得分表为3分。',
    ])
    const titles = { 's4.1.1.1': '论证决策。(５ 分，自评得 3 分)' }
    expect(messagesOf('TXT-02', aSample({ titles }))).toEqual(['标题写“论证决策”分值5分，模板为4分。'])
    expect(messagesOf('TXT-01', aSample({ titles }))).toEqual([])
    expect(
      messagesOf('TXT-01', aSample({ paragraphs: { 's3.p1': '其中决策18分、管理19.6分、产出30分（满分）。' } })),
    ).toEqual(['正文写“决策”自评得18分，得分表为18.2分。'])
  })

  it('TXT-03 is content with numbers or with fields', () => {
    const ref = (indicatorId: string | null, form: 'score' | 'grade'): FieldRef => ({
      kind: 'score',
      indicatorId,
      column: 'self',
      form,
    })
    const text = `自评得${FIELD_CHAR}分，等级为“${FIELD_CHAR}”，其中决策${FIELD_CHAR}分、管理${FIELD_CHAR}分、产出${FIELD_CHAR}分、效益${FIELD_CHAR}分。`
    const level1 = guangdong.indicators.map(({ id }) => ref(id, 'score'))
    const fields = [ref(null, 'score'), ref(null, 'grade'), ...level1]
    expect(messagesOf('TXT-03', aSample({ paragraphs: { 's3.p1': { text, fields } } }))).toEqual([])
    const typed = '自评得分90.8分，等级为“优”，其中决策18.2分、管理19.6分、产出29分、效益24分。'
    expect(messagesOf('TXT-03', aSample({ paragraphs: { 's3.p1': typed } }))).toEqual([])
    expect(messagesOf('TXT-03', aSample({ paragraphs: { 's3.p1': '自评总分90.8分。' } }))).toEqual([
      '自评结论没有写明等级（应为“优”）和各一级指标得分。',
    ])
  })

  it.each([
    ['等级为“良”。', 1],
    ['项目绩效评价等级为优。', 0],
    ['总体实施效果较差。', 1],
    ['已完成一般公共预算支出。', 0],
    ['群众反响良好。', 0],
    ['在等级评定中，认真负责。', 0],
  ])('TXT-04 in “%s”', (text, count) => {
    expect(messagesOf('TXT-04', aSample({ paragraphs: { 's3.p1': text } }))).toHaveLength(count)
  })

  it('TXT-05 is content with a reason', () => {
    const reason = '缺少会议纪要'
    const left = findingsOf(aSample({ scores: { [justification]: { score: 300, reason } } }))
    expect(left.filter(({ rule }) => rule === 'TXT-05').map(({ where }) => where.indicatorId)).not.toContain(
      justification,
    )
  })

  it('TXT-07 and TXT-13 look at what explains a leaf', () => {
    const about = (text: string, rule: string): number =>
      findingsOf(aSample({ paragraphs: { 's4.1.2.1.2.p1': text } })).filter(
        (finding) => finding.rule === rule && finding.where.sectionId === 's4.1.2.1.2',
      ).length
    expect([about('已于６月到位。', 'TXT-07'), about('该项指标自评得2分。及时。', 'TXT-07')]).toEqual([0, 1])
    expect([about('  ', 'TXT-13'), about('该项指标自评得2分。', 'TXT-13'), about('及时。', 'TXT-13')]).toEqual([
      1, 1, 0,
    ])
    expect(messagesOf('TXT-13', aReport(), national)).toEqual([])
    expect(messagesOf('TXT-13', aReport())).toHaveLength(20)
  })

  it('TXT-11 is content with the name of the indicator or of one above it', () => {
    const text = '论证决策、事项管理、效率性、社会效益和公平性、效果性方面仍有不足。'
    expect(messagesOf('TXT-11', aSample({ paragraphs: { 's6.p2': text } }))).toEqual([])
    expect(
      messagesOf('TXT-11', aSample({ paragraphs: { 's6.p2': '论证决策、事项管理、效率性、公平性不足。' } })),
    ).toEqual(['扣分指标“社会经济效益和可持续发展效益”在“存在问题”中没有对应内容。'])
  })

  it.each([
    ['2021年提升社保服务水平。', '“绩效目标”没有任何可衡量的指标值。'],
    ['2021年采购设备49台。', undefined],
    ['满意度达到百分之九十。', undefined],
  ])('TXT-14 in “%s”', (text, message) => {
    expect(messagesOf('TXT-14', aSample({ paragraphs: { 's1.3.p1': text } }))[0]).toBe(message)
  })
})

describe('amounts', () => {
  it('AMT-03 is content with an amount', () => {
    const text = '实际到位24.9万元，到位率100％。'
    expect(messagesOf('AMT-03', aSample({ paragraphs: { 's4.1.2.1.1.p1': text } }))).toHaveLength(1)
  })

  it.each([
    ['购置17台高拍仪（单价2000元）和15台电脑（单价5000元），共计109000元。', []],
    [
      '购置17台高拍仪（单价2000元）和15台电脑（单价5000元），共计110000元。',
      ['数量×单价合计为109000.00元，与所写总额110000.00元不符。'],
    ],
    [
      '购置17台高拍仪（单价2000元）和15台电脑，共计11万元。',
      ['只有总额，没有一类设备的单价和小计，无法核对“数量×单价＝总额”。'],
    ],
    ['共计11万元。', []],
  ])('AMT-04 in “%s”', (text, messages) => {
    expect(messagesOf('AMT-04', aSample({ paragraphs: { 's1.1.p2': text } }))).toEqual(messages)
  })

  it('[S28] AMT-06 is an error against the output table and a warning between two places', () => {
    const scanners = findingsOf(aSample({ paragraphs: { 's5.p2': '目标 2：购置 17 台高拍仪、16 台扫描仪。' } }))
    expect(scanners.filter(({ rule }) => rule === 'AMT-06')).toMatchObject([
      { severity: 'error', where: { paragraphId: 's5.p2', quote: '16 台扫描仪' } },
    ])
    const towns = findingsOf(aSample({ paragraphs: { 's4.2.2.1.p1': '按照规定程序实施并分配给 14 个镇（场）。' } }))
    expect(towns.filter(({ rule }) => rule === 'AMT-06')).toMatchObject([
      { severity: 'warning', message: { zh: '“镇场”的数量前后不一致：此处为14，前文为15。' } },
    ])
    expect(messagesOf('AMT-06', aSample({ paragraphs: { 's5.p2': '各镇场1台扫描仪，其中2台扫描仪备用。' } }))).toEqual(
      [],
    )
  })

  it('[S20] AMT-07 looks at full marks and at too much', () => {
    const full = aSample({ facts: { budgetAmount: 100, receivedAmount: 90 } })
    expect(messagesOf('AMT-07', full)).toEqual(['“资金到位率”按数据只能得2.7分，却评了满分。'])
    const more = aSample({ facts: { 'outputs.1.actual': 34 } })
    expect(messagesOf('AMT-07', more)).toEqual(['“完成进度（数量指标）”完成了目标的200%，超过130%，应说明原因。'])
  })

  it.each([
    ['该笔资金在2022年3月1日支付。', ['日期“2022年3月1日”不在评价年度2021年内。']],
    ['该笔资金在2021.12.31支付，依据《2022年3月1日通知》。', []],
  ])('AMT-09 in “%s”', (text, messages) => {
    const data = aSample({ cover: { evaluationYear: '２０２１年度' }, paragraphs: { 's4.2.1.1.p1': text } })
    expect(messagesOf('AMT-09', data)).toEqual(messages)
  })

  it('AMT-10 wants a reason for more than was there', () => {
    const facts = { budgetAmount: 100, receivedAmount: 100, paidAmount: 110 }
    expect(messagesOf('AMT-10', aSample({ facts }))).toEqual(['“实际支出资金”大于“实际到位资金”，没有说明原因。'])
    const scores = { 'gd.management.fund.payment': { score: 600, reason: '垫付10元' } }
    expect(messagesOf('AMT-10', aSample({ facts, scores }))).toEqual([])
  })
})

describe('evidence', () => {
  it('EVD-01 names the leaves when only some lack documents', () => {
    const [first, second, ...rest] = leavesOf(guangdong)
    const evidence = new Map(rest.map((leaf) => [leaf.id, [{ name: '会议纪要' }]]))
    expect(messagesOf('EVD-01', aSample({ evidence }))).toEqual([
      `2个末级指标未列佐证材料：“${first?.name}”、“${second?.name}”。`,
    ])
  })

  it('EVD-03 is content with the counts', () => {
    expect(messagesOf('EVD-03', aSample({ facts: { surveyedCount: 100, satisfiedCount: 95 } }))).toEqual([])
    expect(messagesOf('EVD-03', aSample({ paragraphs: { 's4.4.2.1.p1': '电话回访120人，满意率95%。' } }))).toEqual([])
    expect(messagesOf('EVD-03', aSample({ paragraphs: { 's4.4.2.1.p1': '电话回访，群众满意。' } }))).toEqual([
      '满意度得4分，但没有样本数和满意率。',
    ])
  })
})

describe('cover', () => {
  it.each([
    ['138 0013 8000', 0],
    ['0753-5522333', 0],
    ['（0753）5522333转8001', 0],
    ['12345', 1],
    ['同上', 1],
  ])('CVR-02 %s', (phone, count) => {
    expect(messagesOf('CVR-02', aSample({ cover: { phone } }))).toHaveLength(count)
  })

  it.each([
    ['2022年5月25日', undefined],
    ['2022-05-25', undefined],
    ['２０２２．５．２５', '填报日期写法不规范，宜写作“2022年5月25日”。'],
    ['2022年2月30日', '填报日期无法识别，宜写作“2022年5月25日”的形式。'],
    ['五月', '填报日期无法识别，宜写作“2022年5月25日”的形式。'],
  ])('CVR-03 %s', (fillDate, message) => {
    expect(messagesOf('CVR-03', aSample({ cover: { fillDate } }))[0]).toBe(message)
  })

  it('CVR-04 wants a year', () => {
    expect(messagesOf('CVR-04', aSample({ cover: { evaluationYear: '2021' } }))).toEqual([])
    expect(messagesOf('CVR-04', aSample({ cover: { evaluationYear: '去年' } }))).toEqual([
      '封面的评价年度不是年份，应写作“2021”的形式。',
    ])
  })

  it('CVR-05 looks at the filling date', () => {
    const found = (fillDate: string, context = {}): readonly string[] => {
      const data = aSample({ cover: { fillDate, evaluationYear: '2021' } })
      const findings = checkReport({ template: guangdong, data, score: scoreReport(guangdong, data), context })
      return findings.filter(({ rule }) => rule === 'CVR-05').map(({ message }) => message.zh)
    }
    expect(found('2021年12月30日')).toEqual(['填报日期早于2021年年末，自评应在年度结束后填报。'])
    expect(found('2022年5月25日', { today: '2022-05-24' })).toEqual(['填报日期晚于今天。'])
    expect(found('2022年5月25日', { deadline: '2022-05-20' })).toEqual(['填报日期晚于报送截止日期2022-05-20。'])
    expect(found('2022年5月25日', { today: '2022-05-25', deadline: '2022-05-31' })).toEqual([])
  })
})

describe('structure', () => {
  const withSections = (change: (sections: readonly Section[]) => readonly Section[]): ReportData => {
    const sample = sampleReport()
    return { ...sample, narrative: { sections: change(sample.narrative.sections) } }
  }

  it('STR-01 finds what is missing or misplaced', () => {
    expect(
      messagesOf(
        'STR-01',
        withSections((sections) => sections.filter(({ id }) => id !== 's6')),
      ),
    ).toEqual(['缺少“存在问题”部分。'])
    expect(
      messagesOf(
        'STR-01',
        withSections(([first, second, ...rest]) => [second!, first!, ...rest]),
      ),
    ).toEqual(['“绩效自评工作组织情况”应在“基本情况”之后。'])
    const shortened = withSections((sections) =>
      sections.map((one) => (one.id === 's1' ? { ...one, children: [] } : one)),
    )
    expect(messagesOf('STR-01', shortened)).toEqual([
      '“基本情况”下缺少“项目基本情况”。',
      '“基本情况”下缺少“项目决策情况”。',
      '“基本情况”下缺少“绩效目标”。',
    ])
    expect(messagesOf('STR-01', aReport(), national)).toEqual([])
  })

  it('STR-06 finds sections without words', () => {
    expect(messagesOf('STR-06', aSample({ paragraphs: { 's2.p1': ' ' } }))).toEqual([
      '“绩效自评工作组织情况”部分没有内容。',
    ])
  })

  it.each([
    ['根据埔财绩（2022）4号和粤府[2021]12号文', ['埔财绩〔2022〕4号', '粤府〔2021〕12号']],
    ['根据埔财绩〔2022〕4号', []],
  ])('FMT-04 in %s', (text, suggestions) => {
    const findings = findingsOf(aSample({ paragraphs: { 's2.p1': text } }))
    expect(findings.filter(({ rule }) => rule === 'FMT-04').map(({ suggestion }) => suggestion)).toEqual(suggestions)
  })
})

describe('handing over', () => {
  it.each([
    [{ kind: 'text' }, { quote: '足额到位' }],
    [
      { kind: 'cell', indicatorId: justification, column: 'department' },
      { indicatorId: justification, column: 'department' },
    ],
    [{ kind: 'cover', key: 'phone' }, { field: 'phone' }],
    [{ kind: 'fact', key: 'budgetAmount' }, { fields: ['budgetAmount'] }],
    [{ kind: 'report' }, {}],
  ] satisfies [ReturnItemAnchor, object][])('[S31] a return item at %o leads there', (anchor, where) => {
    const item = { id: 'i', round: 1, problem: '佐证不足', quote: '足额到位', anchor }
    expect(toOpenReturnItem(item)).toEqual({ id: 'i', round: 1, problem: '佐证不足', where })
  })

  it('[S31] WFL-01 names every return item without an answer, where it leads, and blocks the filler only', () => {
    const data = aSample({})
    const where = { indicatorId: justification, column: 'self' as const }
    const openReturnItems = [
      { id: 'i1', round: 1, problem: '佐证不足', where },
      { id: 'i2', round: 2, problem: '长'.repeat(50), where: { quote: '足额到位' } },
    ]
    const check = (context: object) =>
      checkReport({ template: guangdong, data, score: scoreReport(guangdong, data), context }).filter(
        ({ rule }) => rule === 'WFL-01',
      )
    const found = check({ openReturnItems })
    expect(found.map(({ message }) => message.zh)).toEqual([
      '第1轮的退回意见“佐证不足”还没有答复。',
      `第2轮的退回意见“${'长'.repeat(40)}…”还没有答复。`,
    ])
    expect(found.map((finding) => finding.where)).toEqual([
      { ...where, returnItemId: 'i1' },
      { quote: '足额到位', returnItemId: 'i2' },
    ])
    expect(blockingFindings(found, 'submit')).toEqual(found)
    expect([...blockingFindings(found, 'approve'), ...blockingFindings(found, 'conclude')]).toEqual([])
    expect(check({})).toEqual([])
  })

  it('WFL-02 and WFL-06 want words for a changed number', () => {
    const lower = aSample({ column: 'department', scores: { [justification]: 200 } })
    expect(messagesOf('WFL-02', lower)).toEqual(['主管部门审核把“论证决策”由3分改为2分，没有写意见。'])
    expect(messagesOf('WFL-06', lower)).toEqual([])
    const higher = aSample({ column: 'finance', scores: { [justification]: 400 } })
    expect(messagesOf('WFL-06', higher)).toEqual(['“论证决策”复核4分，高于自评3分，没有说明理由。'])
    const explained = aSample({ column: 'finance', scores: { [justification]: { score: 400, opinion: '材料齐全' } } })
    expect([...messagesOf('WFL-02', explained), ...messagesOf('WFL-06', explained)]).toEqual([])
  })

  it('WFL-04 and WFL-05 look at whole columns', () => {
    const self = fullMarks(guangdong)
    const finance = { ...self, [effect]: 1499 }
    expect(messagesOf('WFL-04', aReport({ self, finance }))).toEqual([
      '自评100分、财政复核89.99分，偏离度10.01%，超过10%。',
    ])
    expect(messagesOf('WFL-04', aReport({ self, finance: { ...self, [effect]: 1500 } }))).toEqual([])
    expect(messagesOf('WFL-05', aReport({ self }))).toEqual(['所有末级指标都是满分，请核对是否如实评价。'])
  })

  it('[S27] each role answers for its own columns', () => {
    const finding = (column?: Finding['column'], severity: Finding['severity'] = 'error'): Finding => ({
      rule: 'SUM-02',
      severity,
      where: {},
      message: { zh: '', en: '' },
      ...(column ? { column } : {}),
    })
    const [own, department, finance, warning] = [
      finding(),
      finding('department'),
      finding('finance'),
      finding(undefined, 'warning'),
    ]
    const all = [own, department, finance, warning]
    expect(blockingFindings(all, 'submit')).toEqual([own])
    expect(blockingFindings(all, 'approve')).toEqual([department])
    expect(blockingFindings(all, 'conclude')).toEqual([finance])
  })
})

interface Sortable {
  readonly rule: string
  readonly zh: string
  readonly where: object
}

function byKey(a: Sortable, b: Sortable): number {
  return keyOf(a).localeCompare(keyOf(b))
}

function keyOf({ rule, zh, where }: Sortable): string {
  return `${rule} ${zh} ${JSON.stringify(Object.entries(where).toSorted())}`
}
