// What pages say, in the languages that they speak. One word per concept, as in docs/glossary.md.

const en = {
  otherAccount: "You are signed in as {now}. This link signs in {then}. Change to {then}?",
  account: "Account", password: "Password", signIn: "Sign in", signingIn: "Signing in …", signOut: "Sign out",
  signInTo: "Sign in: {page}", pages: { desk: "Desk", board: "Board", setup: "Setup", sheets: "Sheets" }, code: "Invitation code", accept: "Set the password", haveCode: "I have an invitation",
  havePassword: "I have a password", newPassword: "New password, 12 characters or more",
  otherRole: "'{page}' is not for the role '{role}' of this account.",
  waiting: "No case needs you now", waitingMore: "The next one appears here by itself.",
  unsent: "{n} of your answers have not got through. They are lost if you sign out now. Sign out?",
  stopped: "The service does not answer", stoppedMore: "It is tried again. Answers that you gave are kept in this browser.",
  guidelines: "Guidelines", evidence: "Evidence", question: "Your answer", machines: "Machines say",
  skip: "Skip", undo: "Undo", cannotTell: "Cannot tell", note: "Note", help: "Keys", pause: "Pause", goOn: "Go on",
  paused: "Paused", pausedMore: "The case is kept for you. The clock stands still.", confidence: "How sure",
  sure: ["not said", "guess", "unsure", "fairly sure", "sure"], search: "Find an answer", noMatch: "No answer has this name.",
  why: "Why you are asked", deadline: "Due {at}", done: "{n} done", waits: "{n} not sent yet", notKept: "This browser keeps nothing. Answers that are not sent are lost when the tab is closed.", close: "Close",
  reason: "Why do you skip it?", reasons: ["not my field", "evidence is missing", "something else"], cancel: "Cancel",
  undone: "Taken back.", noteHere: "For the record; people see it, models do not.",
  theme: "Light or dark", language: "中文",
  keys: { labels: "an answer", search: "find an answer", skip: "skip", undo: "take back", cannotTell: "cannot tell",
    confidence: "how sure", note: "note", pause: "pause", help: "this list" },
};

const zh = {
  otherAccount: "您已作为 {now} 登录。此链接将登录 {then}。要切换到 {then} 吗？",
  account: "账号", password: "密码", signIn: "登录", signingIn: "正在登录……", signOut: "退出",
  signInTo: "登录：{page}", pages: { desk: "工作台", board: "看板", setup: "设置", sheets: "图表" }, code: "邀请码", accept: "设置密码", haveCode: "我有邀请码",
  havePassword: "我有密码", newPassword: "新密码，至少 12 个字符",
  otherRole: "“{page}”不对该账号的角色“{role}”开放。",
  waiting: "目前没有需要您的案例", waitingMore: "新的案例会自动出现在这里。",
  unsent: "您有 {n} 个回答尚未送达，现在退出会丢失。要退出吗？",
  stopped: "服务没有响应", stoppedMore: "正在重试。您的回答保存在此浏览器中。",
  guidelines: "指南", evidence: "依据", question: "您的回答", machines: "机器的意见",
  skip: "跳过", undo: "撤回", cannotTell: "无法判断", note: "备注", help: "按键", pause: "暂停", goOn: "继续",
  paused: "已暂停", pausedMore: "案例为您保留，计时停止。", confidence: "把握",
  sure: ["未说明", "猜测", "不太确定", "比较确定", "确定"], search: "查找回答", noMatch: "没有这样的回答。",
  why: "为什么问您", deadline: "截止 {at}", done: "已完成 {n}", waits: "{n} 个尚未发送", notKept: "此浏览器不保存数据。关闭标签页时，尚未发送的回答会丢失。", close: "关闭",
  reason: "为什么跳过？", reasons: ["不是我的领域", "缺少依据", "其他"], cancel: "取消",
  undone: "已撤回。", noteHere: "用于记录：人可见，模型不可见。",
  theme: "浅色或深色", language: "English",
  keys: { labels: "回答", search: "查找回答", skip: "跳过", undo: "撤回", cannotTell: "无法判断",
    confidence: "把握", note: "备注", pause: "暂停", help: "本列表" },
};

// the first minute, and pictures
Object.assign(en, {
  waitingLong: "None for long? Then machines are sure of those that came, or no cases were sent: whoever leads here sends them under Setup, Cases.",
  hint: "A hint", pixels: "A picture of {width} by {height} pixels", asNumbers: "As numbers",
  hints: [
    "You see a case for which a person is wanted. Press the key of the right answer, or click it: your answer counts like anybody's.",
    "You are asked where your time is worth most; machines decide the rest. U takes an answer back, S gives a case away, ? shows all keys. Beside you work SIMULATED people: {names}.",
    "What is true turns out later, and the service learns from it who is good at what. The board, the other address that was printed, shows all of it live.",
  ],
});
Object.assign(zh, {
  waitingLong: "很久没有？那么机器对已到的案例有把握，或尚未发送案例：这里的负责人在“设置”的“案例”中发送。",
  hint: "提示", pixels: "{width} × {height} 像素的图片", asNumbers: "以数字显示",
  hints: [
    "您看到的是需要人来回答的案例。请按正确回答的按键，或点击它：您的回答与任何人的同样有效。",
    "在您的时间最有价值之处才会问您；其余由机器决定。U 撤回回答，S 让出案例，? 显示所有按键。与您一起工作的是模拟人员：{names}。",
    "真值稍后才会揭晓，服务由此学习谁擅长什么。看板（打印出的另一个地址）实时显示这一切。",
  ],
});

// between a name and what it is, two sentences, two parts of a list
Object.assign(en, { colon: ": ", stop: ". ", comma: ", " });
Object.assign(zh, { colon: "：", stop: "。", comma: "，" });

// while nothing comes
Object.assign(en, { silent: "The service does not answer.", looking: "Looking for a case …", notLoaded: "The desk could not be loaded", notLoadedMore: "The network went away meanwhile. Nothing that you answered is lost.", loadAgain: "Load again",
  ended: "Your session is over, or your account was closed. Sign in again: answers that were not sent yet are kept in this browser." });
Object.assign(zh, { silent: "服务没有响应。", looking: "正在查找案例……", notLoaded: "无法加载工作台", notLoadedMore: "网络在此期间中断。您的回答没有丢失。", loadAgain: "重新加载",
  ended: "您的会话已结束，或账号已关闭。请重新登录：尚未发送的回答保存在此浏览器中。" });

export const known = { en, zh };

/** More words, of a page that needs them: as `en` and `zh` above. */
export function teach(words) {
  for (const name in known) Object.assign(known[name], words[name]);
}

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");

/** The language that pages speak now. */
export const spoken = () => language;

/** Another one, remembered in this browser. */
export function speak(name) {
  language = name;
  localStorage.setItem("language", name);
  document.documentElement.lang = name;
}

/** The words of this name, with {values} put in; lists and groups come as they are. */
export function say(name, values = {}) {
  const told = known[language][name];
  return typeof told === "string" ? told.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "") : told;
}

document.documentElement.lang = language;
