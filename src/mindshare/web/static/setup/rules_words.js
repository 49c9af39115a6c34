// What the setup page says of rules and guidelines.

import { teach } from "../words.js";

teach({
  en: {
    rulesNow: "Guidelines and rules hold from the next decision on, at a click, and through every start, until service.yaml says something else of them. Labels, times and shifts change in service.yaml, and hold after a start.",
    asFile: "This is what service.yaml says.", setBy: "Set by {by}, {at}.", because: "Why: {reason}", asShown: "As people see it",
    guidelinesMore: "People see new guidelines with their next case, and are told that they changed. They stay in the log: put no names into them.",
    whyChange: "Why it changes (for the log)", holdsNow: "It holds now.",
    guardMore: "Verdicts that are made already stand, and whoever has a case goes on with it. What waits is decided by the new rules.",
    onlyStricter: "A lead makes rules stricter. To check less takes an admin.",
    lessTitle: "Check less than now?", lessMore: "It would no longer be checked that", lessWaits: "Cases that wait for people by these rules: {n}. They may then be decided without anybody, at once.",
    keepChecks: "Keep the checks", checkLess: "Check less",
    howMany: "People who have to answer", third: "Who may be the third (empty: anybody)", machinesAttend: "Machines are asked all the same",
    onlyIf: "Only if", isSo: "is (words, or >=5)", addCondition: "Add a condition", dropCondition: "Take out the condition {what}", dropRule: "Take out",
    conditions: { kind: "the kind", stakes: "stakes", group: "the group", label: "the label proposed", belief: "the belief in it", waited: "seconds waited" },
  },
  zh: {
    rulesNow: "指南与规则点击后从下一次决定起生效，并在每次启动后保持，直到 service.yaml 对其另有规定。标签、时间和班次在 service.yaml 中更改，启动后生效。",
    asFile: "这是 service.yaml 的内容。", setBy: "由 {by} 于 {at} 设定。", because: "原因：{reason}", asShown: "人员所见",
    guidelinesMore: "人员在下一个案例中看到新指南，并会被告知有变化。指南保留在日志中：请勿写入姓名。",
    whyChange: "更改原因（写入日志）", holdsNow: "现已生效。",
    guardMore: "已作出的裁定不变，手上有案例的人继续处理。等待中的案例按新规则决定。",
    onlyStricter: "负责人可以收紧规则。减少检查需要管理员。",
    lessTitle: "要比现在检查得更少吗？", lessMore: "以下将不再检查", lessWaits: "因这些规则而等待人的案例：{n} 个。届时可能立即在无人参与下裁定。",
    keepChecks: "保留检查", checkLess: "减少检查",
    howMany: "必须回答的人数", third: "谁可以是第三人（空：任何人）", machinesAttend: "仍然询问机器",
    onlyIf: "仅当", isSo: "为（词语，或 >=5）", addCondition: "添加条件", dropCondition: "移除条件 {what}", dropRule: "移除",
    conditions: { kind: "种类", stakes: "重要程度", group: "群体", label: "拟定的标签", belief: "对其的置信", waited: "已等待秒数" },
  },
});
