// The words of the board in both languages, and figures as people read them.

import { say, spoken, teach } from "./words.js";

const en = {
  title: "Board", loading: "Looking …", live: "Live", away: "The service does not answer. It is tried again.", asOf: "as of {at}",
  loop: "The loop", loopSays: "The five steps as they run now, in a circle: {all}",
  steps: ["Task modelling", "Assessment", "Execution", "Collaborative optimisation", "Real-time feedback"],
  learntFrom: "learnt from {n} cases", assumed: "begun on assumptions", known: "{n} outcomes known", cameN: "{n} outcomes came", nextAt: "learns anew at {n}", isDue: "learns now",
  noNext: "learns no more", spentOf: "{r}: {spent} of {limit}", costs: "one more: {price}", noLimits: "no limits",
  waitingN: "{n} waiting", withPeople: "{n} with people", working: "{n} machine runs", openN: "{n} on the way", askedN: "asked {n} times", answeredN: "{n} answers",
  agree: "people agree {x}", noPairs: "agreement not known yet", rightN: "right {x}", noOutcomes: "not known yet", verdictsN: "{n} verdicts", changedAt: "model of {at}", firstModel: "first model",
  cases: "Cases", states: { arrived: "arrived", received: "being looked at", waiting: "waiting for a person", escalated: "sent to the lead", leased: "with a person", provisional: "provisional verdict", final: "final verdict", cancelled: "cancelled" },
  queue: "Time left until waiting ends", ends: { over: "over", in_1_min: "1 minute", in_5_min: "5 minutes", in_1_h: "1 hour", later: "later", no_end: "no end" },
  oldest: "The oldest, {case}, waits {s}; the one in the middle {half}.", empty: "Nothing waits.", must: "A rule wants a person for {n} of them.",
  limits: "Limits and prices", limit: "Limit", spent: "spent", free: "free", price: "price of one more", perPeriod: "each {s}", ever: "in all", change: "Change", save: "Save", cancel: "Cancel", newLimit: "New limit of {r}",
  noLimitsMore: "No resource is limited: asking costs nothing that is missed elsewhere. Limits are written into service.yaml.", follows: "The price follows with the next decision.", told: "told: {n}",
  over_time: "{r} over time", plotPrice: "price", plotSpent: "spent", priceNow: "The price of {r} is {price} now; {n} points since {at}.", resource: "Resource",
  verdicts: "Verdicts", newest: "Newest first. Choose a case to see why.", hold: "Hold the list", held: "The list is held: {n} newer.", find: "Case", why: "Why", noVerdicts: "No verdict yet. Send a case, and it appears here by itself.",
  by: { rule: "rule", timeout: "time was over", override: "overridden", reversal: "reversed", appeal: "appeal", late: "late answer", stop: "STOP" }, time: "Time", label: "Verdict", belief: "Belief", who: "By", heard: "Asked", machinesAlone: "machines alone",
  people: "People", person: "Person", state: "State", has: "in hand", today: "today, min", answers: "answers", right: "right", seconds: "seconds", agreement: "agrees", steer: "Steer",
  standing: { off: "gets no cases", shift: "off shift", waits: "waits for a case", busy: "has a case", free: "not asking" }, give: "Give cases", giveNone: "Give none", onShift: "On shift", offShift: "Off shift", noPeople: "Nobody is known yet. Invite people, or name them in team.yaml.", all: "Show all {n}", fewer: "Show fewer",
  machines: "Machines", machine: "Machine", runsHere: "runs here", comesWith: "with cases", uses: "one run uses", failures: "failures", aside: "put aside until {at}", noMachines: "No machine is known yet.",
  quality: "Quality", qualitySays: "Share of verdicts that fit their outcome, among those whose outcome is known, with intervals of 95 %.",
  rightBy: { all: "all verdicts", machines: "by machines alone", people: "with people", overruled: "by override" }, ofN: "{hits} of {n}", between: "People agree, each alone", byChance: "{x} would be chance; beyond it {beyond}", rules: "A rule wanted a person", ofAll: "{n} cases, {x}",
  ruleNames: { audit_share: "audit", mandatory_review: "mandatory review", never_automate: "never automate", opt_out: "opt-out", stop: "STOP", two_persons: "two persons" }, noRules: "No rule has wanted a person yet.",
  groups: "Who gets attention", group: "Group", noGroup: "(no group)", casesN: "cases", attended: "a person answered", minutes: "minutes a case", more: "{n} smaller groups are left out here.", noGroups: "Nothing has come yet.",
  stop: "STOP", stopTitle: "Stop machine-only verdicts", stopSays: "From now on no verdict stands that no person gave. Cases wait for people.", stopKind: "What", everything: "everything", reason: "Reason", stopNow: "Stop now",
  stopped: "STOP is on for {kind}, pressed by {by}.", resume: "Go on", resumeNeeds: "Noted. To go on, {needs} has to say the same within ten minutes.", second: "a second account",
  whatIf: "What if", reliance: "Reliance on advice", relianceSays: "How often people follow advice that is wrong, and advice that is right, with intervals of 95 %. Wrong advice that was planted on practice cases counts too.", relianceAsk: "Count it", relianceBusy: "The log is read …", noAdvice: "Nobody has been shown what machines say.",
  relianceColumns: ["Person", "answers with advice", "follows wrong", "follows right", "looks like"], simulated: "simulated", looksLike: { fast: "too fast", follower: "a follower", ignorer: "leaves it aside", careful: "careful", open: "not known yet" },
  onePerson: "one more person at {from}", morePeople: "More people, each day", howMany: "How many", moreFrom: "From", moreTo: "To", moreSays: "Assumed: they answer as the people in the log do, on average, and only cases that come between these times ({tz}) use their minutes, which all days share, as they share a limit.", moreAsked: "{n} more, {from} to {to} ({tz})",
  beside: "The same cases: right, by policy and human answers a case", policy: "policy", whatIfSays: "Judges other limits on this service's own log: the cases whose outcome is known. Nothing is changed.", less: "{n} % less", plus: "{n} % more", asIs: "as it is", start: "Judge it", running: "Judged by {x} …", stopIt: "End it", failed: "It could not be judged: {why}", cancelled: "It was ended.", cannot: "What the log cannot tell", lastAsked: "Asked: {what}",
  reader: "You look with the role of a reader: nothing can be changed from here.",
  theCase: "As a person sees it", needsHere: "Noted. To go on, somebody at the service's machine has to say the same within ten minutes, with the token of keys/console.token: POST /v1/resume.",
  simulatedHere: "{names}: these people are SIMULATED. What they bring is no evidence about people.",
  json: "JSON", jsonOf: "JSON of: {what}", jsonFrom: "From {path}", download: "Download", close: "Close",
  caseTitle: "Case {id}", stateNow: "State", reopened: "open again", kind: "Kind", outcome: "Outcome", history: "History", otherwise: "What would be otherwise", without: "without {agent}", nobody: "had nobody been asked", said: "had {agent} said", appeal: "Appeal", appealSays: "The case waits for a person who has not answered it.", override: "Override", overrideSays: "Your verdict stands, whatever is answered.", do: "Do it", done: "Done.", moreSteps: "More", needReason: "Give a reason.",
  sentUp: "Sent to the lead",
  happened: { received: "came", sent_up: "sent to the lead by", revealed: "machines shown to", waiting: "waits", leased: "given to", answered: "answered", skipped: "given back by", expired: "lease over", undone: "taken back by", decided: "verdict", outcome: "outcome", overridden: "overridden by", reopened: "reopened by", cancelled: "cancelled by", escalated: "escalated", erased: "erased by", running: "machine runs", failed: "machine failed", weighed: "machines weighed", aside: "put aside", shown: "shown to" },
};

const zh = {
  title: "看板", loading: "正在查看……", live: "实时", away: "服务没有响应，正在重试。", asOf: "截至 {at}",
  loop: "循环", loopSays: "五个步骤当前的运行情况，依次循环：{all}",
  steps: ["任务建模", "评估", "执行", "协同优化", "实时反馈"],
  learntFrom: "学自 {n} 个案例", assumed: "始于假设", known: "已知结果 {n} 个", cameN: "收到结果 {n} 个", nextAt: "达到 {n} 个时重新学习", isDue: "正在学习",
  noNext: "不再学习", spentOf: "{r}：{spent} / {limit}", costs: "再多一份：{price}", noLimits: "没有限额",
  waitingN: "等待 {n}", withPeople: "人员处理中 {n}", working: "机器运行中 {n}", openN: "进行中 {n}", askedN: "询问 {n} 次", answeredN: "回答 {n} 个",
  agree: "人员一致率 {x}", noPairs: "一致率尚不可知", rightN: "正确率 {x}", noOutcomes: "尚不可知", verdictsN: "裁决 {n} 个", changedAt: "模型更新于 {at}", firstModel: "初始模型",
  cases: "案例", states: { arrived: "已到达", received: "处理中", waiting: "等待人员", escalated: "提交负责人", leased: "人员处理中", provisional: "暂定裁决", final: "最终裁决", cancelled: "已取消" },
  queue: "距等待结束的时间", ends: { over: "已结束", in_1_min: "1 分钟", in_5_min: "5 分钟", in_1_h: "1 小时", later: "更晚", no_end: "无期限" },
  oldest: "最早的 {case} 已等待 {s}，居中的已等待 {half}。", empty: "没有案例在等待。", must: "其中 {n} 个有规则要求由人处理。",
  limits: "限额与价格", limit: "限额", spent: "已用", free: "剩余", price: "再多一份的价格", perPeriod: "每 {s}", ever: "总计", change: "修改", save: "保存", cancel: "取消", newLimit: "{r} 的新限额",
  noLimitsMore: "没有受限的资源：询问不会占用他处所需。限额写在 service.yaml 中。", follows: "价格随下一次决定而变化。", told: "设定：{n}",
  over_time: "{r} 随时间变化", plotPrice: "价格", plotSpent: "已用", priceNow: "{r} 当前价格为 {price}；自 {at} 起 {n} 个点。", resource: "资源",
  verdicts: "裁决", newest: "最新的在前。选择案例查看原因。", hold: "停住列表", held: "列表已停住，另有 {n} 个更新的。", find: "案例", why: "原因", noVerdicts: "还没有裁决。发送案例后会自动出现在这里。",
  by: { rule: "规则", timeout: "超时", override: "改判", reversal: "纠正", appeal: "申诉", late: "迟到的回答", stop: "停止" }, time: "时间", label: "裁决", belief: "信念", who: "依据", heard: "询问过", machinesAlone: "仅机器",
  people: "人员", person: "人员", state: "状态", has: "手中", today: "今日分钟", answers: "回答", right: "正确率", seconds: "秒", agreement: "一致率", steer: "调控",
  standing: { off: "不分配案例", shift: "不在班", waits: "等待案例", busy: "处理案例中", free: "未请求" }, give: "分配案例", giveNone: "停止分配", onShift: "上班", offShift: "下班", noPeople: "尚无人员。请邀请人员，或写入 team.yaml。", all: "显示全部 {n}", fewer: "显示较少",
  machines: "机器", machine: "机器", runsHere: "在此运行", comesWith: "回答随案例而来", uses: "每次运行使用", failures: "失败", aside: "搁置至 {at}", noMachines: "尚无机器。",
  quality: "质量", qualitySays: "在已知结果的裁决中与结果相符的比例，附 95 % 区间。",
  rightBy: { all: "全部裁决", machines: "仅机器", people: "有人参与", overruled: "改判" }, ofN: "{n} 个中 {hits} 个", between: "人员各自独立回答的一致率", byChance: "其中偶然为 {x}；超出偶然 {beyond}", rules: "规则要求由人处理", ofAll: "{n} 个案例，{x}",
  ruleNames: { audit_share: "抽查", mandatory_review: "强制复核", never_automate: "禁止自动化", opt_out: "选择退出", stop: "停止", two_persons: "双人" }, noRules: "尚无规则要求由人处理。",
  groups: "人的关注分配给谁", group: "群体", noGroup: "（无群体）", casesN: "案例", attended: "有人回答", minutes: "每案分钟", more: "另有 {n} 个较小的群体未显示。", noGroups: "尚无案例。",
  stop: "停止", stopTitle: "停止仅由机器作出的裁决", stopSays: "从现在起，没有人给出的裁决不成立；案例等待人员。", stopKind: "范围", everything: "全部", reason: "理由", stopNow: "立即停止",
  stopped: "{kind} 已停止，由 {by} 按下。", resume: "恢复", resumeNeeds: "已记录。要恢复，还需{needs}在十分钟内同样确认。", second: "第二个账号",
  whatIf: "如果", reliance: "对建议的依赖", relianceSays: "建议错误时人们跟随它的频率，以及建议正确时的频率；含 95 % 区间。练习案例上故意给出的错误建议也计入。", relianceAsk: "计算", relianceBusy: "正在读取日志……", noAdvice: "还没有人看过机器的意见。",
  relianceColumns: ["人员", "看到建议的回答", "错误时跟随", "正确时跟随", "看起来"], simulated: "模拟", looksLike: { fast: "过快", follower: "总是跟随", ignorer: "忽视建议", careful: "谨慎", open: "尚不清楚" },
  onePerson: "{from} 起多一个人", morePeople: "每天增加人员", howMany: "人数", moreFrom: "从", moreTo: "到", moreSays: "假设：他们的回答与日志中的人员平均相当，只有在这段时间（{tz}）到来的案例使用他们的分钟数；与限额一样，各天共用这些分钟数。", moreAsked: "增加 {n} 人，{from} 至 {to}（{tz}）",
  beside: "同样的案例：各策略在每个案例的人工回答数下的正确率", policy: "策略", whatIfSays: "在本服务自己的日志（已知结果的案例）上评估其他限额。不改变任何东西。", less: "减少 {n} %", plus: "增加 {n} %", asIs: "保持现状", start: "评估", running: "已评估 {x} ……", stopIt: "结束", failed: "无法评估：{why}", cancelled: "已结束。", cannot: "日志不能说明的", lastAsked: "问题：{what}",
  reader: "您以读者角色查看：在此不能修改任何东西。",
  theCase: "人员所见", needsHere: "已记录。要恢复，还需有人在服务所在的机器上十分钟内同样确认，使用 keys/console.token 中的令牌：POST /v1/resume。",
  simulatedHere: "{names}：这些人员是模拟的，其结果不是关于真人的证据。",
  json: "JSON", jsonOf: "JSON：{what}", jsonFrom: "来自 {path}", download: "下载", close: "关闭",
  caseTitle: "案例 {id}", stateNow: "状态", reopened: "重新打开", kind: "种类", outcome: "结果", history: "历史", otherwise: "假如不同", without: "没有 {agent}", nobody: "假如没有询问任何人", said: "假如 {agent} 说", appeal: "申诉", appealSays: "案例等待一位尚未回答它的人员。", override: "改判", overrideSays: "您的裁决成立，不受其他回答影响。", do: "执行", done: "已完成。", moreSteps: "更多", needReason: "请给出理由。",
  sentUp: "提交负责人",
  happened: { received: "到达", sent_up: "提交负责人", revealed: "机器意见已展示", waiting: "等待", leased: "分配给", answered: "回答", skipped: "退回", expired: "租约结束", undone: "撤回", decided: "裁决", outcome: "结果", overridden: "改判", reopened: "重开", cancelled: "取消", escalated: "升级", erased: "删除", running: "机器运行", failed: "机器失败", weighed: "机器权衡", aside: "搁置", shown: "已展示" },
};

teach({ en: { board: en }, zh: { board: zh } });

/** A word of the board, with {values} put in; groups come as they are. */
export function word(name, values = {}) {
  const told = say("board")[name];
  return typeof told === "string" ? told.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "") : told;
}

const formats = {};
/** A number in so many digits that count. */
export function figure(x, digits = 3) {
  if (x === null || x === undefined) return "–";
  const key = `${spoken()} ${digits}`;
  formats[key] ??= new Intl.NumberFormat(spoken(), { maximumSignificantDigits: digits });
  return Number.isInteger(x) ? x.toLocaleString(spoken()) : formats[key].format(x);
}

export const percent = (x, digits = 0) => (x === null || x === undefined ? "–" : `${(100 * x).toFixed(digits)} %`);

/** A share with its interval: "91 % (85–95)". */
export function share(told) {
  if (!told || told.share === null) return "–";
  return `${percent(told.share)} (${(100 * told.ci95[0]).toFixed(0)}–${(100 * told.ci95[1]).toFixed(0)})`;
}

const UNITS = { en: ["s", "min", "h", "d"], zh: ["秒", "分钟", "小时", "天"] };
/** A length of time: "45 s", "3 min", "2 h". */
export function span(s) {
  const steps = [1, 60, 3_600, 86_400];
  const at = Math.max(0, steps.findLastIndex((step) => s >= 1.5 * step || s === step));
  return `${figure(Math.round(s / steps[at]))} ${UNITS[spoken()][at]}`;
}

export const clock = (at) => new Date(1000 * at).toLocaleTimeString(spoken(), { hour12: false });

/** A time with its date where that is not today. */
export function moment(at) {
  const when = new Date(1000 * at);
  return when.toDateString() === new Date().toDateString() ? clock(at) : when.toLocaleString(spoken(), { hour12: false });
}
