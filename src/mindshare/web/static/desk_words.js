// Words of the desk alone: keys, own figures, breaks, what is blurred, the lead.

import { known, teach } from "./words.js";

teach({
  en: {
    escalate: "To the lead", whyUp: "Why does the lead have to see it?", upReasons: ["the rules do not cover it", "it needs somebody with more experience", "something is wrong with the case"],
    gaveBack: "Skipped: somebody else gets it.", wentUp: "Sent to the lead.",
    ownWords: "In your own words", send: "Send",
    settings: "Settings", settingsMore: "Choose one, then press its new key. Kept in this browser.", pressKey: "Press a key. Escape leaves it as it is.",
    keyTaken: "{key} is taken: {what}.", noKey: "Take a key that writes one character.", usualKeys: "As it came", placed: "answer {n}",
    notices: "Tell me of a new case while this page is out of sight", newCase: "A case is here", newCaseMore: "The desk has a case for you.",
    blurred: "This case is blurred", blurredMore: "It may weigh on you. Look when you are ready.", look: "Look", cover: "Cover",
    resting: "No cases now", restingUntil: "It goes on {at}, here and by itself.",
    figures: "My figures", figuresMore: "Right and wrong are counted where the outcome is known. Your answers are compared with those of others on final cases only.",
    answersToday: "Today", answersAll: "In all", leftToday: "Left today", noEnd: "no cap", nextBreak: "Next break", noBreak: "none planned",
    breakIn: "after {n} more minutes at work, for {m}", agreement: "Agrees with others", agreed: "{share} of {n} answers on the same cases", notKnown: "not known yet",
    speed: "Half of my answers take less than", seconds: "{n} s", meanOf: "(mean {n})", between: "{low} to {high} s", skill: "Right", minutes: "{n} min", answersIn: "{n} answers in {minutes}",
    rightOf: "{share} ({low} to {high}) of {n} known",
  },
  zh: {
    escalate: "交给负责人", whyUp: "为什么需要负责人查看？", upReasons: ["规则没有涵盖", "需要更有经验的人", "案例本身有问题"],
    gaveBack: "已跳过：由其他人处理。", wentUp: "已交给负责人。",
    ownWords: "用您自己的话", send: "发送",
    settings: "偏好", settingsMore: "先选一项，再按新的按键。保存在此浏览器中。", pressKey: "请按一个键。Esc 保持不变。",
    keyTaken: "{key} 已被占用：{what}。", noKey: "请选择能输入一个字符的键。", usualKeys: "恢复默认", placed: "第 {n} 个回答",
    notices: "页面不可见时，有新案例请通知我", newCase: "有新的案例", newCaseMore: "工作台有一个案例等您。",
    blurred: "此案例已模糊处理", blurredMore: "内容可能令人不适。准备好后再查看。", look: "查看", cover: "遮住",
    resting: "现在没有案例", restingUntil: "{at} 会在此自动继续。",
    figures: "我的数据", figuresMore: "供您本人参考。正确与否只统计已有结果的案例；与他人的比较只统计已确定的案例。",
    answersToday: "今天", answersAll: "总计", leftToday: "今天剩余", noEnd: "没有设定上限", nextBreak: "下次休息", noBreak: "没有设定",
    breakIn: "再工作 {n} 分钟后，休息 {m} 分钟", agreement: "与他人一致", agreed: "相同案例的 {n} 个回答中占 {share}", notKnown: "尚不清楚",
    speed: "一半的回答用时少于", seconds: "{n} 秒", meanOf: "（平均 {n}）", between: "{low} 至 {high} 秒", skill: "正确", minutes: "{n} 分钟", answersIn: "{n} 个回答，用时 {minutes}",
    rightOf: "已知的 {n} 个中 {share}（{low} 至 {high}）",
  },
});

Object.assign(known.en.keys, { escalate: "to the lead", look: "look at a blurred case, or cover it", figures: "my figures", settings: "keys and notices", machines: "what machines say, where you may ask for it", heat: "where machines looked, once they have spoken" });
Object.assign(known.zh.keys, { escalate: "交给负责人", look: "查看或遮住模糊的案例", figures: "我的数据", settings: "按键与通知", machines: "查看机器的意见（如允许）", heat: "机器所关注之处（显示意见之后）" });
