import type { ReportState } from '@gongping/permissions'

/** A small report beside the sample, so that lists look like a county's. Money in yuan, scores in points. */
export interface DemoProject {
  readonly id: string
  readonly projectName: string
  readonly unit: string
  readonly fiscalYear: number
  readonly state: ReportState
  /** Demo accounts by role; the finance account is a member of every report. */
  readonly members: { readonly filler?: string; readonly head?: string }
  readonly money: { readonly budget: number; readonly received: number; readonly onTime: number; readonly paid: number }
  readonly outputs: readonly (readonly [item: string, unit: string, planned: number, actual: number])[]
  readonly due: readonly [due: number, onTime: number]
  readonly delivered: readonly [delivered: number, accepted: number]
  readonly survey: readonly [asked: number, satisfied: number]
  readonly unitPriceRatio: number
  /** Where the filler took points off: full weight everywhere else that is scored by hand. Empty leaves all open. */
  readonly deductions: readonly {
    readonly id: string
    readonly by: number
    readonly reason: string
    readonly measure: string
  }[]
  /** Share of the socio-economic benefit reached. */
  readonly benefit: number
  readonly text: {
    readonly background: string
    readonly decision: string
    readonly goals: string
    readonly organisation: string
    readonly achievements: readonly string[]
    readonly problems: readonly string[]
    readonly plan: string
  }
  /** What the department took off below the self score, and its opinion. Absent: not reviewed yet. */
  readonly department?: DemoReview
  readonly finance?: DemoReview
}

export interface DemoReview {
  readonly deductions: readonly { readonly id: string; readonly by: number; readonly opinion: string }[]
  readonly overall: string
}

export const DEMO_PROJECTS: readonly DemoProject[] = [
  {
    id: 'demo-rural-roads',
    projectName: '乡镇农村公路养护工程',
    unit: '大埔县交通运输局',
    fiscalYear: 2021,
    state: 'finance_review',
    members: { head: 'head' },
    money: { budget: 4_860_000, received: 4_860_000, onTime: 4_620_000, paid: 4_571_300 },
    outputs: [
      ['县道日常养护', '公里', 186, 186],
      ['乡道路面修复', '平方米', 21_500, 20_940],
      ['安全护栏增设', '米', 3_200, 3_200],
    ],
    due: [14, 13],
    delivered: [14, 14],
    survey: [240, 221],
    unitPriceRatio: 0.98,
    deductions: [
      {
        id: 'gd.decision.setup.goal.measurability',
        by: 0.4,
        reason: '养护质量指数未分路段给出目标值。',
        measure: '下一年度按路段列出养护质量指数目标值。',
      },
      {
        id: 'gd.management.affairs.supervision',
        by: 0.5,
        reason: '雨季抽查记录有两次未附现场照片。',
        measure: '巡查记录统一使用带时间水印的照片。',
      },
    ],
    benefit: 0.92,
    text: {
      background:
        '项目对全县15个镇的县道、乡道开展日常养护和路面修复，增设临崖临水路段护栏，资金来源为省级养护补助和县级配套，预算486万元。',
      decision: '项目列入县年度交通工作计划，由县交通运输局组织现场踏勘后编制养护方案，经局务会议研究确定路段清单。',
      goals: '完成县道日常养护186公里、乡道路面修复21500平方米、护栏增设3200米；群众出行满意度不低于90%。',
      organisation:
        '按照县财政局绩效自评工作要求，由县交通运输局养护股牵头，会同计划财务股核对资金和工程量后形成自评结论。',
      achievements: [
        '县道日常养护全覆盖，雨季未发生中断交通超过24小时的情况。',
        '完成临崖临水路段护栏3200米，隐患路段清零。',
      ],
      problems: ['乡道路面修复少完成560平方米，主要受11月连续降雨影响。', '部分路段养护质量目标未细化到路段。'],
      plan: '第一季度补齐未完成路面修复，建立分路段养护质量台账，按月公开养护进度。',
    },
    department: {
      deductions: [
        { id: 'gd.output.efficiency.timeliness', by: 0.5, opinion: '两个标段验收资料报送晚于约定时间，酌情扣分。' },
      ],
      overall: '自评内容完整，工程量与监理月报一致，同意报送财政复核。',
    },
  },
  {
    id: 'demo-school-repair',
    projectName: '中小学校舍维修专项',
    unit: '大埔县教育局',
    fiscalYear: 2021,
    state: 'department_review',
    members: { filler: 'outsider', head: 'head' },
    money: { budget: 3_120_000, received: 3_120_000, onTime: 3_120_000, paid: 2_986_500 },
    outputs: [
      ['屋面防水维修', '平方米', 8_600, 8_600],
      ['教室门窗更换', '樘', 420, 408],
      ['卫生间改造', '间', 18, 18],
    ],
    due: [12, 12],
    delivered: [12, 12],
    survey: [360, 338],
    unitPriceRatio: 1,
    deductions: [
      {
        id: 'gd.decision.setup.justification',
        by: 0.5,
        reason: '两所学校的维修方案论证未留存专家意见原件。',
        measure: '补齐论证材料，今后论证意见随项目档案归档。',
      },
      {
        id: 'gd.management.fund.compliance',
        by: 0.6,
        reason: '有一笔结算款凭证附件不齐，已在自评前补正。',
        measure: '结算付款前由财务人员逐项核对附件清单。',
      },
    ],
    benefit: 0.95,
    text: {
      background: '项目对9所中小学的屋面、门窗和卫生间进行维修改造，消除渗漏和破损隐患，预算312万元，由县级财政安排。',
      decision: '县教育局在开展校舍安全排查的基础上按轻重缓急排序，经局党组会议研究后下达维修计划。',
      goals:
        '完成屋面防水维修8600平方米、门窗更换420樘、卫生间改造18间，暑期开工、秋季开学前完工，师生满意度不低于90%。',
      organisation: '由县教育局计财股牵头成立自评小组，9所学校逐项填报，县教育局现场核对后汇总。',
      achievements: ['屋面渗漏教室全部修复，秋季学期按时启用。', '18间卫生间改造完成，低年级洗手设施同步降低高度。'],
      problems: ['门窗更换少12樘，因其中一所学校拟整体搬迁而调减，未及时办理绩效目标调整。'],
      plan: '对调减内容补办目标调整手续，结余资金按规定交回；建立校舍维修年度滚动项目库。',
    },
  },
  {
    id: 'demo-clinic-equipment',
    projectName: '基层医疗设备更新',
    unit: '大埔县卫生健康局',
    fiscalYear: 2021,
    state: 'returned',
    members: { filler: 'filler', head: 'head' },
    money: { budget: 5_400_000, received: 5_000_000, onTime: 4_200_000, paid: 4_350_000 },
    outputs: [
      ['便携式超声诊断仪', '台', 12, 12],
      ['数字心电图机', '台', 26, 24],
      ['全自动生化分析仪', '台', 6, 5],
    ],
    due: [9, 7],
    delivered: [41, 40],
    survey: [180, 152],
    unitPriceRatio: 1.03,
    deductions: [
      {
        id: 'gd.decision.setup.goal.rationality',
        by: 0.6,
        reason: '部分卫生院设备配置数量未与服务人口挂钩。',
        measure: '按常住人口和诊疗量重新测算配置标准。',
      },
      {
        id: 'gd.decision.funding.allocation',
        by: 0.8,
        reason: '一家卫生院房屋未完工，设备资金下达过早。',
        measure: '把场地条件列为资金下达前置条件。',
      },
      {
        id: 'gd.management.affairs.procedure',
        by: 0.5,
        reason: '生化分析仪采购因一次流标延期。',
        measure: '提前开展采购需求调查，合理设定参数。',
      },
    ],
    benefit: 0.8,
    text: {
      background:
        '项目为13家乡镇卫生院更新超声、心电和生化检验设备，提升基层首诊能力，预算540万元，省级补助与县级配套共同安排。',
      decision: '县卫生健康局根据基层医疗卫生机构设备清查结果编制更新方案，报县政府同意后实施。',
      goals: '更新设备44台，第四季度全部投入使用，患者满意度不低于90%。',
      organisation: '县卫生健康局组织13家卫生院对照目标填报，抽查4家核对设备台账和使用记录。',
      achievements: ['超声诊断仪全部投入使用，卫生院月均超声检查人次明显增加。'],
      problems: [
        '生化分析仪采购流标一次，1台未按期到货。',
        '县级配套资金尚有40万元未到位。',
        '支出进度偏慢，年末尚有质保金和尾款未付。',
      ],
      plan: '督促供货并完成验收，商县财政局落实配套资金，建立设备使用率月报制度。',
    },
  },
  {
    id: 'demo-service-hall',
    projectName: '政务服务大厅改造',
    unit: '大埔县政务服务数据管理局',
    fiscalYear: 2022,
    state: 'draft',
    members: { filler: 'filler', head: 'head' },
    money: { budget: 1_980_000, received: 1_980_000, onTime: 1_980_000, paid: 1_742_000 },
    outputs: [
      ['综合窗口改造', '个', 32, 32],
      ['自助服务终端', '台', 10, 10],
    ],
    due: [6, 6],
    delivered: [42, 42],
    survey: [0, 0],
    unitPriceRatio: 0.97,
    deductions: [],
    benefit: 0,
    text: {
      background: '项目将分设窗口整合为综合窗口，新设24小时自助服务区，预算198万元，由县级财政安排。',
      decision: '按照“一窗通办”改革要求立项，方案征求了32个进驻部门意见。',
      goals: '改造综合窗口32个，配置自助服务终端10台，群众平均等候时间缩短三分之一。',
      organisation: '',
      achievements: ['32个综合窗口全部启用。'],
      problems: [],
      plan: '',
    },
  },
  {
    id: 'demo-farmland',
    projectName: '高标准农田建设',
    unit: '大埔县农业农村局',
    fiscalYear: 2021,
    state: 'concluded',
    members: { head: 'head' },
    money: { budget: 12_600_000, received: 12_600_000, onTime: 12_600_000, paid: 12_348_000 },
    outputs: [
      ['高标准农田', '亩', 8_000, 8_000],
      ['灌排渠道', '公里', 42, 43.5],
      ['机耕路', '公里', 18, 18],
    ],
    due: [20, 20],
    delivered: [20, 20],
    survey: [300, 286],
    unitPriceRatio: 0.95,
    deductions: [
      {
        id: 'gd.management.affairs.supervision',
        by: 0.6,
        reason: '工程建后管护协议有一个镇签订较晚。',
        measure: '验收移交时同步签订管护协议。',
      },
    ],
    benefit: 0.94,
    text: {
      background:
        '项目在6个镇建设高标准农田8000亩，配套灌排渠道和机耕路，预算1260万元，中央、省级资金与县级配套共同安排。',
      decision: '依据上级下达的年度建设任务，经实地勘察和村民代表会议确认后编制初步设计并获批复。',
      goals: '建成高标准农田8000亩、灌排渠道42公里、机耕路18公里，受益农户满意度不低于90%。',
      organisation: '县农业农村局会同项目镇逐片核对工程量和管护责任，委托专业机构抽查3个片区后形成自评结论。',
      achievements: ['8000亩高标准农田全部通过县级验收并上图入库。', '新增灌排渠道43.5公里，旱季灌溉得到保障。'],
      problems: ['个别镇建后管护协议签订不及时。'],
      plan: '落实管护经费和责任人，每季度巡查一次，纳入镇级考核。',
    },
    department: {
      deductions: [
        { id: 'gd.benefit.effect.socioeconomic', by: 0.5, opinion: '增产效益以测产数据为准，估算部分不计。' },
      ],
      overall: '任务完成情况与验收资料一致，同意自评结论。',
    },
    finance: {
      deductions: [
        { id: 'gd.benefit.effect.socioeconomic', by: 1, opinion: '效益佐证材料以镇级汇总为主，缺少第三方测产报告。' },
        { id: 'gd.management.fund.compliance', by: 0.5, opinion: '一笔监理费支付早于合同约定节点。' },
      ],
      overall: '资金使用总体规范，绩效目标实现较好，请按复核意见完善管护资料。',
    },
  },
]
