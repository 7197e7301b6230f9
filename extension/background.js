/* The menu on marked text and the hotkey: both open the small window that shows the number. */
const MENU = "dial-marked";

chrome.runtime.onInstalled.addListener(() => {
  chrome.contextMenus.create({ id: MENU, title: "Call “%s”", contexts: ["selection"] });
});

chrome.contextMenus.onClicked.addListener((info) => {
  if (info.menuItemId === MENU) show(info.selectionText ?? "");
});

chrome.commands.onCommand.addListener(async (command, tab) => {
  if (command === MENU && tab?.id) show(await marked(tab.id));
});

async function marked(tabId) {
  try {
    const [found] = await chrome.scripting.executeScript({
      target: { tabId },
      func: () => String(document.getSelection() ?? ""),
    });
    return found?.result ?? "";
  } catch {
    return ""; // a page of the browser's own
  }
}

function show(text) {
  const page = chrome.runtime.getURL(`dial.html?number=${encodeURIComponent(text.slice(0, 200))}`);
  return chrome.windows.create({ url: page, type: "popup", width: 380, height: 260 });
}
// for the tests, which cannot open the browser's own menus
self.helinShow = show;
